import type { AdapterClass } from './adapter.ts';
import type { Capability } from './capability.ts';
import { didYouMean } from './did-you-mean.ts';
import { FatalError } from './errors.ts';
import { importModule } from './load.ts';
import { loggerNamed } from './log.ts';
import type { BoundAdapter } from './tool.ts';
import { asTool } from './tool-methods.ts';

const log = loggerNamed('capstan.adapters');

/** Binds adapters in order. One that fails, or comes second for its task, is logged and left out: the tool still serves. */
export async function bindAdapters(
  specs: readonly string[],
  capability: Capability,
): Promise<Map<string, BoundAdapter>> {
  const bound = new Map<string, BoundAdapter>();
  const tool = asTool(capability);
  for (const spec of specs) {
    try {
      const adapter = await loadAdapter(spec);
      if (bound.has(adapter.taskName)) {
        log.warning(`${spec} is left out: the task ${adapter.taskName} has an adapter already`);
        continue;
      }
      bound.set(adapter.taskName, {
        instance: new adapter(tool),
        methods: adapter.methods ?? {},
      });
    } catch (error) {
      log.error(
        `${spec} is left out: ${error instanceof Error ? error.message : String(error)}`,
        error,
      );
    }
  }
  return bound;
}

/** The class a `module:Class` names. */
export async function loadAdapter(spec: string): Promise<AdapterClass> {
  const colon = spec.lastIndexOf(':');
  const className = spec.slice(colon + 1);
  const exports = await importModule(spec.slice(0, colon));
  const found = exports[className];
  if (isAdapterClass(found)) return found;
  const known = Object.keys(exports).filter((name) => isAdapterClass(exports[name]));
  const message =
    found === undefined
      ? `${spec.slice(0, colon)} exports no adapter ${JSON.stringify(className)}; ${didYouMean(className, known)}`
      : `${spec} is no adapter: a class with \`static taskName\``;
  throw new FatalError(message, { code: 'ADAPTER_NOT_FOUND' });
}

/** `module:Class` of every adapter that a module exports, in the order of their names. */
export async function adaptersOf(module: string): Promise<string[]> {
  if (module.endsWith('.json')) return [];
  const exports = await importModule(module);
  return Object.keys(exports)
    .filter((name) => name !== 'default' && isAdapterClass(exports[name]))
    .toSorted()
    .map((name) => `${module}:${name}`);
}

const isAdapterClass = (value: unknown): value is AdapterClass =>
  typeof value === 'function' &&
  'taskName' in value &&
  typeof value.taskName === 'string' &&
  value.taskName !== '';
