import {
  type ActionDescription,
  BadValue,
  type Json,
  type JsonObject,
  wireValue,
} from '@capstan/protocol';
import { calleeOf, type Catalog, isObject, printPath } from './compositions/composition.ts';
import { type InputProblem, inputInvalid, readValue } from './compositions/inputs.ts';
import { describeExpected } from './compositions/schemas/describe.ts';
import { schemaAt, stepInto } from './compositions/schemas/navigate.ts';
import { violations } from './compositions/schemas/validator.ts';
import { suggest } from './compositions/suggest.ts';
import { findCall, type FoundCall } from './compositions/validate/call.ts';
import { HostError } from './errors.ts';
import { conditionProblems } from './job-conditions.ts';
import type { JobSpec, RetryPolicy } from './stores/index.ts';

/** A job as somebody asks for it, in this process or through a socket. */
export interface JobRequest {
  /** Its name, or that of one of its instances. */
  capability: string;
  /** Either this, or a task and one of its methods. */
  action?: string;
  task?: string;
  method?: string;
  /** JSON, and what becomes JSON on its way: dates, values of registered classes, values that save themselves to a file. */
  input?: { readonly [name: string]: unknown };
  /** Higher goes first: 0 to 1,000,000; 0 unless given. */
  priority?: number;
  actor?: string;
  /** What the job belongs to. */
  runId?: string;
  /** The same key with the same request is the same job; with another one it is a conflict. */
  idempotencyKey?: string;
  /** Of each attempt. */
  deadlineMs?: number;
  /** From its acceptance to its end, waiting and retries included. */
  withinMs?: number;
  /** Not started before this has passed. */
  delayMs?: number;
  retry?: RetryPolicy;
  /** Handed through to the tool. */
  control?: JsonObject;
  /** What relative paths among the input are relative to; absolute. */
  cwd?: string;
}

/**
 * What is known to be wrong is said at the door: names the catalog does not have, arguments that do not fit
 * their schema, conditions that cannot be kept. Files among the arguments get their content hash here, so
 * that a job is about a content and not about a path. Throws CAPABILITY_NOT_FOUND,
 * CAPABILITY_NOT_INSTALLED, ACTION_NOT_FOUND, and INPUT_INVALID with every problem at once.
 */
export async function checkedSpecs(
  requests: readonly JobRequest[],
  catalog: Catalog,
): Promise<JobSpec[]> {
  const problems: InputProblem[] = [];
  const specs: JobSpec[] = [];
  for (const [index, request] of requests.entries()) {
    const wrong = conditionProblems(request);
    const call = wrong.length > 0 ? null : callOf(request, catalog);
    const given = call === null ? null : await argumentsOf(call.call, request);
    wrong.push(...(given?.problems ?? []));
    const which = requests.length === 1 ? '' : `jobs[${index}]: `;
    problems.push(...wrong.map((one) => ({ ...one, message: `${which}${one.message}` })));
    if (call !== null && given !== null) specs.push(specOf(request, call, given.input));
  }
  if (problems.length > 0) throw inputInvalid(problems);
  return specs;
}

function specOf(request: JobRequest, found: Found, input: JsonObject): JobSpec {
  const { cwd: _, input: __, ...asked } = request;
  const { call, capability, instance } = found;
  const which = instance === null ? {} : { instance };
  return { ...asked, capability, ...which, input, effects: call.effects };
}

type Found = Extract<FoundCall, { kind: 'found' }>;

function callOf(request: JobRequest, catalog: Catalog): Found {
  const { capability, action, task, method } = request;
  const call = action === undefined ? { task: task ?? '', method: method ?? '' } : { action };
  const found = findCall({ use: capability, ...call, with: {}, needs: [] }, [], catalog);
  if (found.kind === 'found') return found;
  const { message, hint, path } = found.problem;
  const isDeclared = calleeOf(capability, catalog) !== null;
  const noCapability = isDeclared ? 'CAPABILITY_NOT_INSTALLED' : 'CAPABILITY_NOT_FOUND';
  const code = path.at(-1) === 'use' ? noCapability : 'ACTION_NOT_FOUND';
  throw new HostError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    details: { capability, ...call },
  });
}

/** Texts become what is declared, paths become files, and then all of it is held against the schema. */
async function argumentsOf(
  call: ActionDescription,
  { input = {}, cwd = process.cwd() }: JobRequest,
): Promise<{ input: JsonObject; problems: InputProblem[] }> {
  const schema = schemaAt(call.input);
  const problems: InputProblem[] = [];
  const bound: { [name: string]: Json } = {};
  for (const [name, given] of Object.entries(input)) {
    const value = travelling(name, given, problems);
    const step = stepInto(schema, name);
    if (step.kind === 'found') {
      // One after the other: reading files is bound by one disk.
      // oxlint-disable-next-line no-await-in-loop
      const read = await readValue(step.at, value, cwd);
      const expected = describeExpected(step.at);
      for (const why of read.problems) {
        problems.push({ input: name, message: `argument "${name}"${why}`, expected });
      }
      bound[name] = read.value;
    } else {
      bound[name] = value;
    }
  }
  const unusable = new Set(problems.map((problem) => problem.input));
  for (const { path, message } of violations(call.input, bound)) {
    if (unusable.has(String(path[0]))) continue;
    problems.push(misfit(call, path, message));
  }
  return { input: bound, problems };
}

/** An argument as it travels: programs may pass values of registered classes, and ones that save themselves to a file. */
function travelling(name: string, given: unknown, problems: InputProblem[]): Json {
  try {
    return wireValue(given);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    const place = `argument ${name}${error.place.slice(1)}`;
    problems.push({ input: name, message: `${place} ${error.problem}` });
    return null;
  }
}

function misfit(
  call: ActionDescription,
  path: readonly (string | number)[],
  message: string,
): InputProblem {
  const unknown = path.length === 0 ? /^has an unknown key "(.*)"$/s.exec(message)?.[1] : undefined;
  const { properties } = call.input;
  const names = isObject(properties) ? Object.keys(properties) : [];
  if (unknown !== undefined) {
    const hint = suggest(unknown, names, 'arguments');
    return { input: unknown, message: `there is no argument "${unknown}"`, hint };
  }
  const missing = path.length === 0 ? /^lacks "(.*)"$/s.exec(message)?.[1] : undefined;
  if (missing !== undefined) {
    const step = stepInto(schemaAt(call.input), missing);
    const expected = step.kind === 'found' ? { expected: describeExpected(step.at) } : {};
    return { input: missing, message: `argument "${missing}" is missing`, ...expected };
  }
  const place = path.length === 0 ? 'the arguments' : `argument ${printPath(path)}`;
  return { input: printPath(path), message: `${place} ${message}` };
}
