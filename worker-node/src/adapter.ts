import type { Action } from './capability.ts';
import type { Context } from './context.ts';
import type { Effects, JsonSchema } from '@capstan/protocol';
import { FatalError } from './errors.ts';
import type { DeclaredTable, Values } from './table.ts';

/**
 * What an adapter needs of its tool: a class whose methods and getters have the names and parameters that
 * the tool must have. Nothing of it is ever run; TypeScript holds the adapter to it, and its names are what
 * is recorded and matched.
 *
 *     class Counter {
 *       count(text: string): number { return needed(text); }
 *       get language(): string { return needed(); }
 *     }
 */
export type ToolProtocol<Tool = unknown> = abstract new () => Tool;

/** The same in words, for JavaScript without types: names of methods with their leading parameters, and properties. */
export interface WrittenProtocol {
  name: string;
  methods?: { readonly [name: string]: readonly string[] };
  properties?: readonly string[];
}

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
  /** What the tool must have; nothing when absent. */
  toolProtocol?: ToolProtocol | WrittenProtocol;
}

/** The body of a member of a protocol class: the tool brings the real one. */
export function needed(...given: readonly unknown[]): never {
  void given;
  throw new FatalError('this member is described by a protocol; the tool has the real one');
}

/** A method of a task: `run` receives what `input` declares, and the tool. */
export interface TaskMethod<Input extends DeclaredTable, Tool> {
  description?: string;
  /** Inputs by name; `{}` when there are none. */
  input: Input;
  /** JSON Schema of the result; `{type: 'file'}` is a file. */
  output?: JsonSchema;
  /** What running it again may do; `idempotent` unless said. */
  effects?: Effects;
  run(input: Values<Input>, tool: Tool, context: Context): unknown;
}

export interface AdapterDefinition<Tool, Inputs extends { [method: string]: DeclaredTable }> {
  /** The task it offers, e.g. `voice-activity`. */
  task: string;
  version?: string;
  /** What the tool must have; its type is the tool's in every `run`. */
  needs?: ToolProtocol<Tool>;
  methods: { [Name in keyof Inputs]: TaskMethod<Inputs[Name], Tool> };
}

/**
 * An adapter from a table, for a named export of the tool's module:
 *
 *     export const Counting = defineAdapter({
 *       task: 'counting',
 *       needs: Counter,
 *       methods: {
 *         words: { input: { text: { type: 'string' } }, run: ({ text }, tool) => tool.count(text) },
 *       },
 *     });
 */
export function defineAdapter<Tool, const Inputs extends { [method: string]: DeclaredTable }>(
  definition: AdapterDefinition<Tool, Inputs>,
): AdapterClass {
  const methods: { readonly [name: string]: TaskMethod<DeclaredTable, Tool> } = definition.methods;
  class DefinedAdapter {
    static readonly taskName = definition.task;
    static readonly version = definition.version ?? '';
    static readonly toolProtocol = definition.needs;
    static readonly methods = methods;
    readonly tool: Tool;
    constructor(tool: Tool) {
      this.tool = tool;
    }
  }
  for (const [name, method] of Object.entries(methods)) {
    Object.defineProperty(DefinedAdapter.prototype, name, {
      value(this: DefinedAdapter, input: Values<DeclaredTable>, context: Context) {
        return method.run(input, this.tool, context);
      },
    });
  }
  return DefinedAdapter as unknown as AdapterClass;
}
