import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Capability } from './capability.ts';
import { askOlderZod } from './older-zod.ts';
import { FatalError } from './errors.ts';

/** The capability a module holds. `className` may be empty: its default export, or the only one there is. */
export async function loadCapability(module: string, className: string): Promise<Capability> {
  if (module.endsWith('.json')) {
    return (await import('./command/capability.ts')).readCommandCapability(module);
  }
  const exports = await importModule(module);
  const found = pick(exports, className, module);
  const capability = constructed(found, module);
  await askOlderZod(capability.configTable, urlOf(module));
  return capability;
}

function constructed(found: Capability | CapabilityClass, module: string): Capability {
  try {
    return found instanceof Capability ? found : new found();
  } catch (error) {
    throw importFailure(
      `${module}: constructing the capability failed: ${messageOf(error)}`,
      error,
    );
  }
}

type CapabilityClass = new () => Capability;

function pick(
  exports: { [name: string]: unknown },
  className: string,
  module: string,
): Capability | CapabilityClass {
  if (className !== '') {
    const named = exports[className];
    if (isCapability(named)) return named;
    const why = named === undefined ? 'is not exported' : 'is no Capability';
    throw importFailure(`${module}: ${className} ${why}; ${exportsText(exports)}`);
  }
  if (isCapability(exports['default'])) return exports['default'];
  const found = Object.values(exports).filter(isCapability);
  if (found.length === 1 && found[0] !== undefined) return found[0];
  const count = found.length === 0 ? 'no capability' : `${found.length} capabilities`;
  throw importFailure(
    `${module} exports ${count}; ${exportsText(exports)}`,
    undefined,
    found.length === 0
      ? 'Export one: `export default defineCapability({…})`, from the same @capstan/worker that serves it.'
      : 'Say which with `class:`.',
  );
}

const isCapability = (value: unknown): value is Capability | CapabilityClass =>
  value instanceof Capability ||
  (typeof value === 'function' && (value as CapabilityClass).prototype instanceof Capability);

const exportsText = (exports: { [name: string]: unknown }): string => {
  const names = Object.keys(exports);
  return names.length === 0 ? 'it exports nothing' : `its exports are ${names.join(', ')}`;
};

/** Imports a module by absolute path or package name, and explains what goes wrong with the module's own error. */
export async function importModule(module: string): Promise<{ [name: string]: unknown }> {
  try {
    return await import(urlOf(module));
  } catch (error) {
    if (codeOf(error) === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING') {
      throw importFailure(
        `${module} is, or imports, TypeScript inside node_modules, where Node does not strip types`,
        error,
        'Publish the package as JavaScript, or use its folder as `source:` instead of a package name.',
      );
    }
    throw importFailure(`importing ${module} failed: ${messageOf(error)}`, error);
  }
}

const urlOf = (module: string): string =>
  isAbsolute(module) ? pathToFileURL(module).href : import.meta.resolve(module);

function importFailure(message: string, cause?: unknown, hint?: string): FatalError {
  return new FatalError(message, {
    code: 'IMPORT_FAILED',
    ...(cause === undefined ? {} : { cause }),
    ...(hint === undefined ? {} : { hint }),
  });
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
