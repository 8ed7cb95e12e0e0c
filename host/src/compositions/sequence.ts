import { type Json, wireValue } from '@capstan/protocol';
import { HostError } from '../errors.ts';
import {
  type CompositionBuilder,
  type CompositionOptions,
  composition,
  type InputSchema,
  type NodeHandle,
  type NodeOptions,
  type TypeOfInput,
  type Value,
} from './builder.ts';
import type { Composition } from './composition.ts';
import type { Reference } from './reference-proxy.ts';
import { findReferences } from './references.ts';
import { callOf } from './single-call.ts';

/**
 * A composition whose nodes go one after the other, written as a list of steps:
 *
 *     sequence('notes')
 *       .input('audio', { type: 'file' })
 *       .step('ffmpeg.convert', ({ inputs }) => ({ audio: inputs.audio }))
 *       .step('speech.transcribe', ({ previous }) => ({ audio: previous }))
 *
 * A step begins when the one before it is completed, whether it uses its result or not. It becomes what the
 * same nodes by hand would be: `needs` are written only where nothing of the step before is referred to.
 */
export function sequence(name: string, options: CompositionOptions = {}): SequenceBuilder {
  return new SequenceBuilder(name, options);
}

/** One call with many inputs, side by side; its output `result` is the list of the results. */
export function uniform(
  call: string,
  inputs: readonly StepInput[],
  options: CompositionOptions & { name?: string } = {},
): Composition {
  const { name = call, ...rest } = options;
  return sequence(name, rest).step(call, inputs).build();
}

export interface StepInput {
  readonly [input: string]: Value;
}

/** What a step can refer to. */
export interface StepScope<Inputs> {
  /** The inputs of the composition. */
  readonly inputs: Reference<Inputs>;
  /** The output of the step before: a list of outputs where that was several calls. */
  // oxlint-disable-next-line typescript/no-explicit-any -- what a tool returns is not known here
  readonly previous: any;
  /** The outputs of all steps so far, by their ids. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  readonly steps: { readonly [id: string]: any };
}

type Given<Inputs> =
  | StepInput
  | readonly StepInput[]
  | ((scope: StepScope<Inputs>) => StepInput | readonly StepInput[]);

/** The id of its node, which is that of the action or method unless given, and how it is tried. */
export type StepOptions = { id?: string } & Pick<
  NodeOptions,
  'priority' | 'deadlineMs' | 'withinMs' | 'delayMs' | 'retry' | 'control'
>;

export class SequenceBuilder<Inputs = unknown> {
  readonly #made: CompositionBuilder<Inputs>;
  /** The nodes of each step, in order. */
  readonly #steps: { id: string; nodes: NodeHandle[] }[] = [];
  #hasOutput = false;

  constructor(name: string, options: CompositionOptions) {
    this.#made = composition(name, options) as CompositionBuilder<Inputs>;
  }

  /** Declares an input by its JSON Schema; one with a `default` need not be given. */
  input<const Name extends string, const Schema extends InputSchema>(
    name: Name,
    schema: Schema,
  ): SequenceBuilder<Inputs & { readonly [K in Name]: TypeOfInput<Schema> }> {
    this.#made.input(name, schema);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same builder, which knows one input more
    return this as unknown as SequenceBuilder<
      Inputs & { readonly [K in Name]: TypeOfInput<Schema> }
    >;
  }

  /**
   * Adds a call: `capability.action`, or `capability.task.method`. Several calls get the same input each; a
   * list of inputs makes a call of each; they go side by side, and the next step waits for all of them.
   */
  step(
    calls: string | readonly string[],
    given: Given<Inputs> = {},
    options: StepOptions = {},
  ): this {
    const { id: wanted, ...how } = options;
    const inputs = typeof given === 'function' ? given(this.#scope()) : given;
    const targets = typeof calls === 'string' ? [calls] : calls;
    const id = wanted === undefined ? this.#freeId(nameOf(targets[0] ?? '')) : this.#unused(wanted);
    const before = this.#steps.findLast((step) => step.nodes.length > 0)?.nodes ?? [];
    const nodes = callsOf(id, targets, inputs).map(({ nodeId, target, input }) =>
      this.#node(nodeId, target, { with: input, ...how }, before),
    );
    this.#steps.push({ id, nodes });
    return this;
  }

  /** Says what a run returns; the `result` of the last step unless something is said. */
  output(name: string, value: Value | ((scope: StepScope<Inputs>) => Value)): this {
    this.#made.output(name, typeof value === 'function' ? value(this.#scope()) : value);
    this.#hasOutput = true;
    return this;
  }

  /** The composition in its normal form. Throws COMPOSITION_INVALID. */
  build(): Composition {
    if (!this.#hasOutput && this.#steps.length > 0) {
      this.output('result', ({ previous }): Value => previous);
    }
    return this.#made.build();
  }

  #node(
    id: string,
    target: string,
    options: { with: StepInput },
    before: readonly NodeHandle[],
  ): NodeHandle {
    const call = callOf(target);
    if (call === undefined) {
      throw this.#invalid(
        `"${target}" does not say which action to call`,
        'write `capability.action`, or `capability.task.method`',
      );
    }
    const used = nodesIn(options.with);
    const needs = before.filter((node) => !used.has(node.id));
    return this.#made.node(id, {
      ...call,
      ...options,
      ...(needs.length === 0 ? {} : { needs }),
    });
  }

  #scope(): StepScope<Inputs> {
    const steps = this.#steps;
    const outputOf = (nodes: readonly NodeHandle[], isMany: boolean): unknown =>
      isMany ? nodes.map(({ output }) => output) : nodes[0]?.output;
    const many = ({ id, nodes }: (typeof steps)[number]): boolean =>
      nodes.length !== 1 || nodes[0]?.id !== id;
    const invalid = (message: string, hint: string): HostError => this.#invalid(message, hint);
    return {
      inputs: this.#made.inputs,
      get previous() {
        const last = steps.at(-1);
        if (last !== undefined) return outputOf(last.nodes, many(last));
        throw invalid('the first step has no previous one', 'begin with `inputs`');
      },
      steps: Object.fromEntries(steps.map((step) => [step.id, outputOf(step.nodes, many(step))])),
    };
  }

  /** `resize`, then `resize-2`. */
  #freeId(name: string): string {
    let id = name;
    for (let n = 2; this.#isTaken(id); n++) id = `${name}-${n}`;
    return id;
  }

  #unused(id: string): string {
    if (this.#isTaken(id))
      throw this.#invalid(`it already has the step "${id}"`, 'give it another id');
    return id;
  }

  #isTaken(id: string): boolean {
    return this.#steps.some((step) => step.id === id || step.nodes.some((node) => node.id === id));
  }

  #invalid(message: string, hint: string): HostError {
    return new HostError('COMPOSITION_INVALID', `sequence "${this.#made.name}": ${message}`, {
      hint,
    });
  }
}

/** The nodes of one step: `cut`; of several calls `cut-ffmpeg` and `cut-sox`; of a list of inputs `cut-1`. */
function callsOf(
  id: string,
  targets: readonly string[],
  inputs: StepInput | readonly StepInput[],
): { nodeId: string; target: string; input: StepInput }[] {
  const uses = targets.map((target) => target.split('.')[0] ?? target);
  const areApart = new Set(uses).size === uses.length;
  return targets.flatMap((target, place) => {
    const prefix = targets.length > 1 ? `${id}-${areApart ? uses[place] : place + 1}` : id;
    if (!isList(inputs)) return [{ nodeId: prefix, target, input: inputs }];
    return inputs.map((input, index) => ({ nodeId: `${prefix}-${index + 1}`, target, input }));
  });
}

const isList = (inputs: StepInput | readonly StepInput[]): inputs is readonly StepInput[] =>
  Array.isArray(inputs);

const nameOf = (target: string): string => target.split('.').at(-1) ?? target;

function nodesIn(input: StepInput): Set<string> {
  const text: Json = wireValue(input);
  return new Set(
    findReferences(text).references.flatMap(({ reference: { root } }) =>
      'node' in root ? [root.node] : [],
    ),
  );
}
