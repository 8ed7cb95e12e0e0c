import { globSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, posix, relative } from 'node:path';
import { asOneFile } from './one-file.ts';

/**
 * Turns a copied `@capstan/worker` into one file with its entries beside it. `scope` is the folder
 * `@capstan`, with both packages as JavaScript. The protocol package stays as it is, for those who import it.
 */
export async function joinWorkerModules(scope: string): Promise<void> {
  const ids = globSync('{worker,protocol}/src/**/*.js', { cwd: scope }).toSorted();
  const sources = await Promise.all(ids.map((id) => readFile(join(scope, id), 'utf8')));
  const modules = new Map(ids.map((id, index) => [id, sources[index] ?? '']));
  const { text, exportsOf } = asOneFile(modules, (specifier, from) =>
    resolveId(modules, specifier, from),
  );

  const entries = await entriesOf(scope);
  const own = ids.filter((id) => id.startsWith('worker/') && !entries.includes(id));
  await Promise.all(own.map((id) => rm(join(scope, id))));
  await writeFile(join(scope, joined), text);
  await Promise.all(
    entries.map((id) => writeFile(join(scope, id), entryText(id, exportsOf.get(id) ?? []))),
  );
}

const joined = 'worker/src/all.js';

function resolveId(
  modules: ReadonlyMap<string, string>,
  specifier: string,
  from: string,
): string | null {
  const id =
    specifier === '@capstan/protocol'
      ? 'protocol/src/index.js'
      : posix.join(posix.dirname(from), specifier);
  return modules.has(id) ? id : null;
}

/** The files that others import: what the package's `exports` lead to. */
async function entriesOf(scope: string): Promise<string[]> {
  const text = await readFile(join(scope, 'worker/package.json'), 'utf8');
  const { exports }: { exports: { [name: string]: string } } = JSON.parse(text);
  return Object.values(exports).map((path) => posix.join('worker', path));
}

function entryText(id: string, names: readonly string[]): string {
  const path = relative(dirname(id), joined);
  const from = path.startsWith('.') ? path : `./${path}`;
  const use = `use(${JSON.stringify(id)});`;
  const exported = names.length === 0 ? use : `export const { ${names.join(', ')} } = ${use}`;
  return `import { use } from ${JSON.stringify(from)};\n${exported}\n`;
}
