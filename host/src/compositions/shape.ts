import type { Json } from '@capstan/protocol';
import { z } from 'zod';
import { bounds } from '../kernel/index.ts';
import { isObject, type JsonPath, namePattern, printPath } from './composition.ts';
import { suggest } from './suggest.ts';
import type { Problem } from './problems.ts';

/** The shape of a composition as its author writes it; the published JSON Schema is printed from it. */

const nameKeys = { propertyNames: { pattern: namePattern.source } };

/** What is inside is JSON already, because everything that is parsed here is. */
const json: z.ZodType<Json> = z.any();

const { durationMs, retryAttempts, retryFactor, retryJitter } = bounds;
const duration = z.int().min(1).max(durationMs.most).optional();
const pause = z.int().min(durationMs.least).max(durationMs.most).optional();

const retry = z
  .strictObject({
    attempts: z
      .int()
      .min(retryAttempts.least)
      .max(retryAttempts.most)
      .meta({ description: 'Attempts in all, the first included.' }),
    backoffMs: pause.meta({
      description: 'Milliseconds before the second attempt. 1000 unless given.',
    }),
    factor: z.number().min(retryFactor.least).max(retryFactor.most).optional().meta({
      description: 'How much longer each further pause is. 2 unless given.',
    }),
    maxBackoffMs: pause.meta({
      description: 'No pause is longer than this. 60000 unless given.',
    }),
    jitter: z.number().min(retryJitter.least).max(retryJitter.most).optional().meta({
      description: 'Pauses are longer by up to this part of themselves. 0.2 unless given.',
    }),
  })
  .meta({
    description: 'Attempts that fail in a way that may pass, such as a busy service, are repeated.',
  });

const node = z
  .strictObject({
    use: z.string().min(1).meta({ description: 'The capability, as capstan.yaml names it.' }),
    action: z.string().min(1).optional().meta({ description: 'The action to call.' }),
    task: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'The task to call instead of an action; needs `method`.' }),
    method: z.string().min(1).optional().meta({ description: 'The method of the task.' }),
    with: z.record(z.string(), json).optional().meta({
      description: 'Inputs of the action: constants, and references such as ${{ inputs.audio }}.',
    }),
    needs: z.array(z.string()).optional().meta({
      description: 'Nodes that must be completed first, beyond those that are referred to.',
    }),
    priority: z
      .int()
      .min(bounds.priority.least)
      .max(bounds.priority.most)
      .optional()
      .meta({ description: 'Higher goes first. 0 unless given.' }),
    deadlineMs: duration.meta({
      description: 'Milliseconds one attempt may take before it is ended.',
    }),
    withinMs: duration.meta({
      description:
        'Milliseconds the node may take in all, from when it is ready, waiting and retries included.',
    }),
    delayMs: pause.meta({
      description: 'Milliseconds the node waits after it is ready.',
    }),
    retry: retry.optional(),
    control: z.record(z.string(), json).optional().meta({
      description:
        'Flags for the tool that are no inputs of the action; they reach it as they are.',
    }),
  })
  .meta({
    oneOf: [
      { required: ['action'], not: { anyOf: [{ required: ['task'] }, { required: ['method'] }] } },
      { required: ['task', 'method'], not: { required: ['action'] } },
    ],
  });

export const shape = z.strictObject({
  $schema: z.string().optional().meta({ description: 'For editors; ignored.' }),
  name: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: 'What runs of it are called; the name of the file unless given.' }),
  description: z.string().optional(),
  inputs: z
    .record(z.string(), z.record(z.string(), json))
    .optional()
    .meta({
      ...nameKeys,
      description:
        'A JSON Schema per input; {type: file} is a file. One with a default is optional.',
    }),
  nodes: z.record(z.string(), node).meta({
    ...nameKeys,
    description: 'One call each. They run as soon as what they refer to is there.',
  }),
  outputs: z
    .record(z.string(), json)
    .optional()
    .meta({ ...nameKeys, description: 'What a run returns: values, usually references.' }),
  failFast: z
    .boolean()
    .optional()
    .meta({ description: 'Whether the first failure cancels the rest. True unless given.' }),
});

const rootKeys = Object.keys(shape.shape).filter((key) => key !== '$schema');
const nodeKeys = Object.keys(node.shape);
const retryKeys = Object.keys(retry.shape);

/** Everything in which `raw` does not have the shape of a composition, at once. */
export function shapeProblems(raw: Json): Problem[] {
  if (raw === null) {
    return [error([], 'the file is empty', 'a composition has at least `nodes`')];
  }
  const result = shape.safeParse(raw);
  return result.success ? [] : result.error.issues.flatMap((issue) => problemsOf(issue, raw));
}

function problemsOf(issue: z.core.$ZodIssue, raw: Json): Problem[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  if (issue.code === 'unrecognized_keys') {
    const known = path.length === 0 ? rootKeys : path.length === 2 ? nodeKeys : retryKeys;
    return issue.keys.map((key) => ({
      ...error([...path, key], `unknown key "${key}"`, suggest(key, known, 'keys')),
      atKey: true,
    }));
  }
  const { found, exists } = valueAt(raw, path);
  const name = path.length === 0 ? 'a composition' : printPath(path);
  if (!exists) return [error(path, `${name} is missing`)];
  if (issue.code === 'invalid_type') {
    return [
      error(
        path,
        `${name} must be ${kinds[issue.expected] ?? issue.expected}, not ${kindOf(found)}`,
        howToWrite(path, found),
      ),
    ];
  }
  if (issue.code === 'too_small' && typeof found === 'string') {
    return [error(path, `${name} must not be empty`)];
  }
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const bound =
      issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
    return [
      error(path, `${name} must be ${bound}${typeof found === 'string' ? ' characters long' : ''}`),
    ];
  }
  return [error(path, `${name}: ${issue.message}`)];
}

/** For what people write by analogy with other tools. */
function howToWrite([part, name, key]: JsonPath, found: Json | undefined): string | undefined {
  if (name === undefined && Array.isArray(found)) return lists[String(part)];
  if (key === 'retry' && typeof found === 'number') return `write \`{ attempts: ${found} }\``;
  if (typeof found !== 'string') return undefined;
  if (part === 'inputs') return `write \`{ type: ${found} }\``;
  if (part === 'nodes' && key === undefined) return 'write `{ use: CAPABILITY, action: ACTION }`';
  return key === 'needs' ? `write \`[${found}]\`` : undefined;
}

const lists: { [part: string]: string } = {
  inputs: 'write each under its name: `inputs: { audio: { type: file } }`',
  nodes: 'write each under its id: `nodes: { wav: { use: ffmpeg, action: convert } }`',
  outputs: 'write each under its name: `outputs: { wav: "${{ nodes.wav.output }}" }`',
};

const kinds: { [expected: string]: string } = {
  string: 'text',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
};

function kindOf(value: Json | undefined): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string'
    ? `the text ${JSON.stringify(value.slice(0, 60))}`
    : JSON.stringify(value);
}

function valueAt(raw: Json, path: JsonPath): { found: Json | undefined; exists: boolean } {
  let found: Json | undefined = raw;
  for (const step of path) {
    const holder: Json | undefined = found;
    if (Array.isArray(holder)) found = holder[Number(step)];
    else if (isObject(holder) && Object.hasOwn(holder, step)) found = holder[step];
    else return { found: undefined, exists: false };
  }
  return { found, exists: found !== undefined };
}

const error = (path: JsonPath, message: string, hint?: string): Problem => ({
  severity: 'error',
  message,
  ...(hint === undefined ? {} : { hint }),
  path,
});
