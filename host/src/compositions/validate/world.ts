import { nearest, type ActionDescription } from '@capstan/protocol';
import { type Catalog, type Composition, type JsonPath, own } from '../composition.ts';
import { suggest } from '../suggest.ts';
import type { Problem } from '../problems.ts';
import type { Reference } from '../references.ts';
import { alternatives, isFile, type SchemaAt, schemaAt, walkSchema } from '../schemas/navigate.ts';
import { findCall } from './call.ts';

/** What references of a composition can refer to, and the types of it as far as they are known. */
export class World {
  readonly composition: Composition;
  /** The calls of those nodes whose names are right. */
  readonly calls = new Map<string, ActionDescription>();
  readonly callProblems: Problem[] = [];

  constructor(composition: Composition, catalog: Catalog) {
    this.composition = composition;
    for (const [id, node] of Object.entries(composition.nodes)) {
      const found = findCall(node, ['nodes', id], catalog);
      if (found.kind === 'found') this.calls.set(id, found.call);
      else this.callProblems.push(found.problem);
    }
  }

  /** The type of what is referred to; undefined when it is unknown; or what is wrong with the reference. */
  typeOf(
    reference: Reference,
  ): { type: SchemaAt | undefined } | { wrong: Pick<Problem, 'message' | 'hint'> } {
    const root = this.#typeOfRoot(reference);
    if ('wrong' in root || root.type === undefined) return root;
    const walked = walkSchema(root.type, reference.path);
    if (walked.kind === 'found') return { type: walked.at };
    if (walked.kind === 'unknown') return { type: undefined };
    const step = reference.path[walked.index] ?? '';
    const before = [
      printRoot(reference),
      ...reference.path.slice(0, walked.index).map(printStep),
    ].join('');
    const guess = nearest(String(step), walked.known);
    return {
      wrong: {
        message: `\`${before}\` has no ${typeof step === 'number' ? `[${step}]` : `"${step}"`}: ${walked.reason}`,
        ...(guess === null ? {} : { hint: `did you mean "${guess}"?` }),
      },
    };
  }

  /** The reference to the file whose path is referred to; undefined where that is not known to be a file. */
  fileOfPath(reference: Reference): Reference | undefined {
    if (reference.path.at(-1) !== 'path') return undefined;
    const file = {
      ...reference,
      path: reference.path.slice(0, -1),
      text: reference.text.replace(/(?:\.path|\[\s*"path"\s*\])$/, ''),
    };
    const found = this.typeOf(file);
    const isOne =
      'type' in found && found.type !== undefined && alternatives(found.type).every(isFile);
    return isOne ? file : undefined;
  }

  #typeOfRoot({ root }: Reference): ReturnType<World['typeOf']> {
    if ('input' in root) {
      const declared = own(this.composition.inputs, root.input);
      if (declared !== undefined) return { type: schemaAt(declared) };
      return {
        wrong: {
          message: `there is no input "${root.input}"`,
          hint: suggest(root.input, Object.keys(this.composition.inputs), 'inputs'),
        },
      };
    }
    if (!Object.hasOwn(this.composition.nodes, root.node)) {
      return {
        wrong: {
          message: `there is no node "${root.node}"`,
          hint: suggest(root.node, Object.keys(this.composition.nodes), 'nodes'),
        },
      };
    }
    const output = this.calls.get(root.node)?.output;
    return { type: output === undefined || output === null ? undefined : schemaAt(output) };
  }
}

const printRoot = ({ root }: Reference): string =>
  'input' in root ? `inputs.${root.input}` : `nodes.${root.node}.output`;

const printStep = (step: JsonPath[number]): string =>
  typeof step === 'number' ? `[${step}]` : `.${step}`;
