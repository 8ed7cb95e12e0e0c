import { statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { HostError, messageOf } from '../errors.ts';

/** What a module exports by default; `path` is how messages name it. Throws COMPOSITION_INVALID. */
export async function defaultExport(absolute: string, path: string): Promise<unknown> {
  const exported = await importIsolated(absolute).catch((error: unknown) => {
    if (error instanceof HostError) throw error;
    const place = placeIn(absolute, error);
    const at = [path, place.line, place.column].filter((part) => part !== undefined).join(':');
    throw new HostError(
      'COMPOSITION_INVALID',
      `${at}: the module failed while it was loaded: ${messageOf(error)}`,
      { details: { file: path, ...place }, cause: error },
    );
  });
  if (exported !== undefined) return exported;
  throw new HostError('COMPOSITION_INVALID', `${path}: the module has no default export`, {
    hint: 'export the builder: `export default composition("name")…`',
    details: { file: path },
  });
}

/** Standard output is for results, so what a module prints while it is loaded goes to standard error. */
async function importIsolated(absolute: string): Promise<unknown> {
  const hooks = provideThisPackage();
  const original = Object.getOwnPropertyDescriptor(process.stdout, 'write');
  process.stdout.write = process.stderr.write.bind(process.stderr);
  const nothingLeft = Promise.withResolvers<never>();
  const giveUp = (): void => nothingLeft.reject(new Error('it awaits what never happens'));
  process.once('beforeExit', giveUp);
  try {
    const loading: Promise<{ default?: unknown }> = import(versionOf(absolute));
    const module = await Promise.race([loading, nothingLeft.promise]);
    return module.default;
  } finally {
    Reflect.deleteProperty(process.stdout, 'write');
    if (original !== undefined) Object.defineProperty(process.stdout, 'write', original);
    process.off('beforeExit', giveUp);
    hooks.deregister();
  }
}

const seen = new Map<string, number>();

/**
 * Where the module is to be loaded from. A process loads what has one address once; for a file that has
 * changed since, the address says so. What that file imports in its turn is not looked at again.
 */
function versionOf(absolute: string): string {
  const { href } = pathToFileURL(absolute);
  const { mtimeMs } = statSync(absolute);
  const first = seen.get(absolute) ?? mtimeMs;
  seen.set(absolute, first);
  return first === mtimeMs ? href : `${href}?changed=${mtimeMs}`;
}

/** `import { composition } from 'capstan'` also works where no package is installed: it gets this one. */
function provideThisPackage(): ReturnType<typeof registerHooks> {
  return registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (specifier !== 'capstan') throw error;
        return next(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
}

/** Where in the module it went wrong, as far as the stack tells. */
function placeIn(absolute: string, error: unknown): { line?: number; column?: number } {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const name of [versionOf(absolute), pathToFileURL(absolute).href, absolute]) {
    const start = stack.indexOf(`${name}:`);
    if (start === -1) continue;
    const [, line, column] = /^(\d+)(?::(\d+))?/.exec(stack.slice(start + name.length + 1)) ?? [];
    if (line === undefined) continue;
    return { line: Number(line), ...(column === undefined ? {} : { column: Number(column) }) };
  }
  return {};
}
