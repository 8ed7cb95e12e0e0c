import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { type ConfigDeclaration, isStandard, knowSchema } from './config.ts';

type Convert = (declaration: object, options: object) => object;

/**
 * The first versions of zod 4 can tell a JSON Schema, but not from the object: their module has to be asked,
 * the author's own copy of it, which also keeps what `.meta()` says. A program may hold two copies, for
 * `import` and for `require`; the one that knows more is the author's.
 */
export async function askOlderZod(
  declaration: ConfigDeclaration,
  moduleUrl: string,
): Promise<void> {
  if (!isStandard(declaration) || declaration['~standard'].vendor !== 'zod') return;
  if ('jsonSchema' in declaration['~standard'] || 'toJSONSchema' in declaration) return;
  const require = createRequire(moduleUrl);
  let most = '';
  for (const name of ['zod', 'zod/v4']) {
    for (const file of filesOf(require, name)) {
      // oxlint-disable-next-line no-await-in-loop -- four at most, and only for these versions
      const told = await toldBy(file, declaration);
      if (told !== null && told.length > most.length) most = told;
    }
  }
  if (most !== '') knowSchema(declaration, JSON.parse(most) as object);
}

/** Its CommonJS file and the ES module beside it. */
function filesOf(require: NodeJS.Require, name: string): string[] {
  try {
    const file = require.resolve(name);
    return [file.replace(/\.cjs$/, '.js'), file];
  } catch {
    return [];
  }
}

async function toldBy(file: string, declaration: object): Promise<string | null> {
  try {
    const zod = (await import(pathToFileURL(file).href)) as { toJSONSchema?: Convert };
    const told = zod.toJSONSchema?.(declaration, { io: 'input', unrepresentable: 'any' });
    return told === undefined ? null : JSON.stringify(told);
  } catch {
    return null;
  }
}
