import type { Action, Capability } from './capability.ts';
import { FatalError } from './errors.ts';
import { importModule } from './load.ts';
import { loggerNamed } from './log.ts';
import type { BoundAdapter } from './tool.ts';

/** A class that carries out a task with a tool. It is constructed with the tool; its methods get the inputs and the context. */
export interface AdapterClass {
  // oxlint-disable-next-line typescript/no-explicit-any -- an adapter says itself which tool it takes
  new (tool: any): object;
  /** The task it offers, e.g. `voice-activity`. One adapter per task and worker. */
  taskName: string;
  readonly name: string;
  version?: string;
  /** Descriptions by method. A described method has its inputs checked. */
  methods?: { readonly [name: string]: Omit<Action, 'run'> };
  /** What the tool must have: names of methods with their leading parameters, and properties. */
  toolProtocol?: { name: string; methods?: { [name: string]: string[] }; properties?: string[] };
}

const log = loggerNamed('capstan.adapters');

/** Binds adapters in order. One that fails, or comes second for its task, is logged and left out: the tool still serves. */
export async function bindAdapters(
  specs: readonly string[],
  capability: Capability,
): Promise<Map<string, BoundAdapter>> {
  const bound = new Map<string, BoundAdapter>();
  for (const spec of specs) {
    try {
      const adapter = await loadAdapter(spec);
      if (bound.has(adapter.taskName)) {
        log.warning(`${spec} is left out: the task ${adapter.taskName} has an adapter already`);
        continue;
      }
      bound.set(adapter.taskName, {
        instance: new adapter(capability),
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
  if (!isAdapterClass(found)) {
    throw new FatalError(`${spec} is no adapter: a class with \`static taskName\``, {
      code: 'IMPORT_FAILED',
    });
  }
  return found;
}

const isAdapterClass = (value: unknown): value is AdapterClass =>
  typeof value === 'function' && 'taskName' in value && typeof value.taskName === 'string';
