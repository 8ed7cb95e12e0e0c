import { HostError } from '../../../errors.ts';
import { installedCapability } from '../../installed.ts';
import type {
  ActionDescription,
  Composition,
  JsonObject,
  JsonSchema,
  Runtime,
} from '../../runtime.ts';

interface Target {
  use: string;
  action?: string;
  task?: string;
  method?: string;
}

/**
 * A direct call (`hello.greet`, `vad.voice-activity.detect`) as a composition of one node, so that it is
 * validated, queued, journaled and shown like every other run.
 */
export async function callAsComposition(
  runtime: Runtime,
  root: string,
  what: string,
  given: JsonObject,
): Promise<{ composition: Composition; inputs: JsonObject }> {
  const [use = '', ...rest] = what.split('.');
  if (rest.length === 0) throw notACall(what);
  const capability = await installedCapability(runtime, root, use);
  const found = findTarget(runtime, capability, rest);
  const name = rest.join('.');
  const inputs = inputsOf(runtime, found.description, given, what);
  const node = name.replaceAll(/[^A-Za-z0-9_-]/g, '-').replace(/^(?![A-Za-z_])/, '_');
  return {
    inputs: given,
    composition: {
      name: what,
      inputs,
      nodes: {
        [node]: {
          ...found.target,
          use,
          with: Object.fromEntries(
            Object.keys(inputs).map((input) => [input, `\${{ inputs.${input} }}`]),
          ),
          needs: [],
        },
      },
      outputs: { result: `\${{ nodes.${node}.output }}` },
      failFast: true,
    },
  };
}

function findTarget(
  runtime: Runtime,
  capability: Awaited<ReturnType<typeof installedCapability>>,
  rest: string[],
): { target: Omit<Target, 'use'>; description: ActionDescription } {
  const action = rest.join('.');
  const description = capability.actions[action];
  if (description !== undefined) return { target: { action }, description };
  const [task = '', method = ''] = rest;
  const ofTask = capability.tasks[task]?.methods[method];
  if (ofTask !== undefined && rest.length === 2)
    return { target: { task, method }, description: ofTask };
  const known = [
    ...Object.keys(capability.actions),
    ...Object.entries(capability.tasks).flatMap(([name, { methods }]) =>
      Object.keys(methods).map((one) => `${name}.${one}`),
    ),
  ];
  throw new HostError('ACTION_NOT_FOUND', `\`${capability.name}\` has no action \`${action}\`.`, {
    hint: suggestion(runtime, action, known, `It has: ${known.join(', ') || 'none'}.`),
    details: { capability: capability.name, action, known },
  });
}

/** The inputs to ask for: what the action requires, and what was given beyond that. */
function inputsOf(
  runtime: Runtime,
  description: ActionDescription,
  given: JsonObject,
  what: string,
): { [name: string]: JsonSchema } {
  const properties = (description.input['properties'] ?? {}) as { [name: string]: JsonSchema };
  const required = (description.input['required'] ?? []) as string[];
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(properties, name));
  if (unknown !== undefined) {
    const known = Object.keys(properties);
    throw new HostError('INPUT_INVALID', `\`${what}\` has no input \`${unknown}\`.`, {
      hint: suggestion(runtime, unknown, known, `Its inputs: ${known.join(', ') || 'none'}.`),
      details: { input: unknown, known },
    });
  }
  const names = new Set([...required, ...Object.keys(given)]);
  return Object.fromEntries(Object.entries(properties).filter(([name]) => names.has(name)));
}

function suggestion(runtime: Runtime, name: string, known: string[], otherwise: string): string {
  const guess = runtime.nearest(name, known);
  return guess === undefined ? otherwise : `Did you mean \`${guess}\`? ${otherwise}`;
}

const notACall = (what: string): HostError =>
  new HostError('USAGE', `\`${what}\` is neither a file nor a call.`, {
    hint: 'Name a composition file, or an action as capability.action (see `capstan list`).',
  });
