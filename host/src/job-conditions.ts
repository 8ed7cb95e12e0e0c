import { isObject } from './compositions/composition.ts';
import type { InputProblem } from './compositions/inputs.ts';
import { bounds } from './kernel/index.ts';

interface Range {
  least: number;
  most: number;
  isWhole: boolean;
}
const whole = (range: Omit<Range, 'isWhole'>): Range => ({ ...range, isWhole: true });
const atLeastOne = { ...bounds.durationMs, least: 1 };

const conditions: { readonly [name: string]: Range } = {
  priority: whole(bounds.priority),
  deadlineMs: whole(atLeastOne),
  withinMs: whole(atLeastOne),
  delayMs: whole(bounds.durationMs),
};
const retryConditions: { readonly [name: string]: Range } = {
  attempts: whole(bounds.retryAttempts),
  backoffMs: whole(bounds.durationMs),
  factor: { ...bounds.retryFactor, isWhole: false },
  maxBackoffMs: whole(bounds.durationMs),
  jitter: { ...bounds.retryJitter, isWhole: false },
};
const texts = ['capability', 'action', 'task', 'method', 'actor', 'runId', 'idempotencyKey', 'cwd'];
const objects = ['input', 'retry', 'control'];
const known = [...Object.keys(conditions), ...texts, ...objects];

/** What is wrong with a request before anything is looked up, be it made by code or read from a socket. */
export function conditionProblems(request: object): InputProblem[] {
  const asked = new Map<string, unknown>(Object.entries(request));
  const problems: InputProblem[] = [];
  const wrong = (input: string, message: string) => problems.push({ input, message });
  for (const [name, value] of asked) {
    if (value === undefined) asked.delete(name);
    else if (!known.includes(name)) wrong(name, `a job has no "${name}"`);
    else if (texts.includes(name) && (typeof value !== 'string' || value === '')) {
      wrong(name, `${name} must be a text that is not empty`);
    } else if (objects.includes(name) && !isObject(value)) {
      wrong(name, `${name} must be a mapping`);
    }
  }
  problems.push(...rangeProblems(asked, conditions));
  const retry = asked.get('retry');
  if (isObject(retry)) problems.push(...retryProblems(retry));
  const key = asked.get('idempotencyKey');
  if (typeof key === 'string' && key.length > bounds.keyChars.most) {
    wrong('idempotencyKey', `an idempotency key has at most ${bounds.keyChars.most} characters`);
  }
  if (!asked.has('capability')) wrong('capability', 'a job names a capability');
  const isTask = asked.has('task') && asked.has('method');
  const isHalf = asked.has('task') !== asked.has('method');
  if (isHalf || isTask === asked.has('action')) {
    wrong('action', 'a job names either an action, or a task and one of its methods');
  }
  return problems;
}

function retryProblems(retry: { [member: string]: unknown }): InputProblem[] {
  const unknown = Object.keys(retry).filter((name) => !Object.hasOwn(retryConditions, name));
  const problems = rangeProblems(new Map(Object.entries(retry)), retryConditions, 'retry.');
  if (retry['attempts'] === undefined) {
    problems.push({ input: 'retry.attempts', message: 'retry.attempts is missing' });
  }
  return [
    ...unknown.map((name) => ({
      input: `retry.${name}`,
      message: `a retry policy has no "${name}"`,
    })),
    ...problems,
  ];
}

function rangeProblems(
  given: ReadonlyMap<string, unknown>,
  ranges: { readonly [name: string]: Range },
  prefix = '',
): InputProblem[] {
  return Object.entries(ranges).flatMap(([name, { least, most, isWhole }]) => {
    const value = given.get(name);
    if (value === undefined) return [];
    const isNumber = typeof value === 'number' && (!isWhole || Number.isInteger(value));
    if (isNumber && value >= least && value <= most) return [];
    const input = `${prefix}${name}`;
    const kind = isWhole ? 'a whole number' : 'a number';
    const range = `${kind} from ${least.toLocaleString('en')} to ${most.toLocaleString('en')}`;
    return [{ input, message: `${input} must be ${range}, and is ${JSON.stringify(value)}` }];
  });
}
