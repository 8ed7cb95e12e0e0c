import type { FileValue, Json, JsonObject } from '@capstan/protocol';
import { HostError } from '../errors.ts';
import type { RetryPolicy } from '../kernel/index.ts';
import type { Composition } from './composition.ts';
import { readComposition } from './parse.ts';
import { type Reference, referenceTo } from './reference-proxy.ts';

/**
 * A composition in TypeScript. Compiles to the same form as a file does:
 *
 *     const talk = composition('talk-notes').input('audio', { type: 'file' });
 *     const wav = talk.node('wav', { use: 'ffmpeg', action: 'convert', with: { audio: talk.inputs.audio } });
 *     talk.output('path', wav.output.path);
 *     export default talk;
 */
export function composition(name: string, options: CompositionOptions = {}): CompositionBuilder {
  return new CompositionBuilder(name, options);
}

export interface CompositionOptions {
  description?: string;
  failFast?: boolean;
}

/** JSON with references anywhere in it. Members that are `undefined` are left out. */
export type Value =
  | null
  | undefined
  | boolean
  | number
  | string
  | Reference<unknown>
  | readonly Value[]
  | { readonly [key: string]: Value };

export interface InputSchema {
  type?: InputType | readonly InputType[];
  description?: string;
  default?: Json;
  [keyword: string]: Json | readonly InputType[] | undefined;
}
/** What a schema leaves open may be referred to freely. */
// oxlint-disable-next-line typescript/no-explicit-any -- only `any` can be taken apart without casts
type Anything = any;

export type InputType =
  | 'file'
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'array'
  | 'object'
  | 'null';

export type TypeOfInput<S> = S extends { type: 'file' }
  ? Required<FileValue>
  : S extends { type: 'string' }
    ? string
    : S extends { type: 'integer' | 'number' }
      ? number
      : S extends { type: 'boolean' }
        ? boolean
        : Anything;

interface CommonNodeOptions {
  /** The capability. */
  use: string;
  with?: { readonly [input: string]: Value };
  needs?: readonly (NodeHandle | string)[];
  priority?: number;
  deadlineMs?: number;
  withinMs?: number;
  delayMs?: number;
  retry?: RetryPolicy;
  control?: JsonObject;
}
export type NodeOptions = CommonNodeOptions &
  (
    | { action: string; task?: never; method?: never }
    | { task: string; method: string; action?: never }
  );

/** A node that is part of the composition, for others to refer to. */
export interface NodeHandle<Output = Anything> {
  readonly id: string;
  readonly output: Reference<Output>;
}

export class CompositionBuilder<Inputs = unknown> {
  readonly name: string;
  /** The inputs, as references. */
  readonly inputs: Reference<Inputs> = referenceTo('inputs');
  readonly #options: CompositionOptions;
  readonly #inputs = new Map<string, InputSchema>();
  readonly #nodes = new Map<string, object>();
  readonly #outputs = new Map<string, Value>();

  constructor(name: string, options: CompositionOptions) {
    this.name = name;
    this.#options = options;
  }

  /** Declares an input by its JSON Schema; one with a `default` need not be given. */
  input<const Name extends string, const Schema extends InputSchema>(
    name: Name,
    schema: Schema,
  ): CompositionBuilder<Inputs & { readonly [K in Name]: TypeOfInput<Schema> }> {
    this.#add(this.#inputs, 'input', name, schema);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same builder, which knows one input more
    return this as CompositionBuilder<Inputs & { readonly [K in Name]: TypeOfInput<Schema> }>;
  }

  /** Adds a call. Give its result a type to have references to it checked: `node<{ html: FileValue }>(…)`. */
  node<Output = Anything>(id: string, { needs, ...options }: NodeOptions): NodeHandle<Output> {
    const ids = needs?.map((needed) => (typeof needed === 'string' ? needed : needed.id));
    this.#add(this.#nodes, 'node', id, { ...options, needs: ids });
    return { id, output: referenceTo(`nodes.${id}.output`) };
  }

  /** Says what a run returns. */
  output(name: string, value: Value): this {
    this.#add(this.#outputs, 'output', name, value);
    return this;
  }

  /** The composition in its normal form. Throws COMPOSITION_INVALID. */
  build(): Composition {
    const form = {
      name: this.name,
      ...this.#options,
      inputs: Object.fromEntries(this.#inputs),
      nodes: Object.fromEntries(this.#nodes),
      outputs: Object.fromEntries(this.#outputs),
    };
    return readComposition(form, this.#label);
  }

  get #label(): string {
    return `composition "${this.name}"`;
  }

  #add<T>(parts: Map<string, T>, what: string, name: string, part: T): void {
    if (parts.has(name)) {
      throw new HostError(
        'COMPOSITION_INVALID',
        `${this.#label} already has the ${what} "${name}"`,
        {
          hint: 'give it another name',
        },
      );
    }
    parts.set(name, part);
  }
}
