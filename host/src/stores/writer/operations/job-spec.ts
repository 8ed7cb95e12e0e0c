import { bounds, type RetryPolicy } from '../../../kernel/index.ts';
import { HostError } from '../../../errors.ts';
import type { JobSpec } from '../../specs.ts';

const { priority, durationMs, retryAttempts, retryFactor, retryJitter, keyChars, labelChars } =
  bounds;
const atLeastOne = { ...durationMs, least: 1 };

/**
 * Holds every field of a request against what is allowed, so that nothing is accepted that could not be
 * done. Throws INPUT_INVALID with the `field`, what is `allowed` there, and what was `found`.
 */
export function assertJobSpec(spec: JobSpec): void {
  assertCall(spec);
  if (spec.priority !== undefined) assertPriority(spec.priority);
  whole('delayMs', spec.delayMs, durationMs);
  whole('withinMs', spec.withinMs, atLeastOne);
  whole('deadlineMs', spec.deadlineMs, atLeastOne);
  if (spec.withinMs !== undefined && (spec.delayMs ?? 0) >= spec.withinMs) {
    refuse('delayMs', `less than withinMs (${spec.withinMs})`, spec.delayMs);
  }
  if (spec.retry !== undefined) assertRetryPolicy(spec.retry);
  text('idempotencyKey', spec.idempotencyKey, keyChars);
  text('runId', spec.runId, labelChars);
  text('actor', spec.actor, labelChars);
  if (spec.control !== undefined) object('control', spec.control);
  if (spec.stream === true) assertStream(spec);
}

/** A reader has had a part of a stream already when it fails, so there is no doing it again. */
function assertStream({ retry, idempotencyKey }: JobSpec): void {
  if (retry !== undefined) refuse('retry', 'nothing: a stream is not repeated', 'a retry policy');
  if (idempotencyKey !== undefined) {
    refuse('idempotencyKey', 'nothing: a stream belongs to one reader', idempotencyKey);
  }
}

function assertCall({ capability, instance, action, task, method, input, effects }: JobSpec): void {
  if (typeof capability !== 'string' || capability === '') {
    refuse('capability', 'the name of a capability', capability);
  }
  // One row, one name: the default instance is named by its capability alone.
  if (instance !== undefined && instance !== null) {
    text('instance', instance, labelChars);
    if (instance === capability) refuse('instance', 'null for the default instance', instance);
  }
  const isAction = action !== undefined && task === undefined && method === undefined;
  const isTask = action === undefined && task !== undefined && method !== undefined;
  if (!isAction && !isTask) {
    const found = { action: action ?? null, task: task ?? null, method: method ?? null };
    refuse('action', 'either an action, or a task and its method', found);
  }
  for (const [field, name] of Object.entries({ action, task, method })) {
    text(field, name, labelChars);
  }
  object('input', input);
  if (!['pure', 'idempotent', 'unsafe'].includes(effects)) {
    refuse('effects', '"pure", "idempotent" or "unsafe"', effects);
  }
}

export function assertPriority(asked: number): void {
  whole('priority', asked, priority);
}

const retryMembers = ['attempts', 'backoffMs', 'factor', 'maxBackoffMs', 'jitter'];

function assertRetryPolicy(policy: RetryPolicy): void {
  object('retry', policy);
  for (const member of Object.keys(policy)) {
    if (retryMembers.includes(member)) continue;
    refuse(`retry.${member}`, `no such member: there are ${retryMembers.join(', ')}`, null);
  }
  if (policy.attempts === undefined)
    refuse(
      'retry.attempts',
      `a whole number, ${retryAttempts.least} to ${retryAttempts.most}`,
      null,
    );
  whole('retry.attempts', policy.attempts, retryAttempts);
  whole('retry.backoffMs', policy.backoffMs, durationMs);
  whole('retry.maxBackoffMs', policy.maxBackoffMs, durationMs);
  ranging('retry.factor', policy.factor, retryFactor);
  ranging('retry.jitter', policy.jitter, retryJitter);
}

interface Range {
  least: number;
  most: number;
}

function whole(field: string, value: number | undefined, { least, most }: Range): void {
  if (value === undefined) return;
  if (Number.isInteger(value) && value >= least && value <= most) return;
  refuse(field, `a whole number, ${grouped(least)} to ${grouped(most)}`, value);
}

function ranging(field: string, value: number | undefined, { least, most }: Range): void {
  if (value === undefined) return;
  if (typeof value === 'number' && value >= least && value <= most) return;
  refuse(field, `a number, ${least} to ${most}`, value);
}

function text(field: string, value: string | undefined, { most }: Range): void {
  if (value === undefined) return;
  if (typeof value === 'string' && value !== '' && value.length <= most) return;
  const found = typeof value === 'string' ? `${value.length} characters` : value;
  refuse(field, `a text of 1 to ${most} characters`, found);
}

function object(field: string, value: unknown): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  refuse(field, 'an object', value);
}

const grouped = (n: number): string => n.toLocaleString('en-US');

function refuse(field: string, allowed: string, found: unknown): never {
  const shown = typeof found === 'string' ? found : (JSON.stringify(found) ?? String(found));
  const given = shown.length <= 80 ? shown : `${shown.slice(0, 80)}…`;
  throw new HostError('INPUT_INVALID', `${field} is not valid: ${given}. Allowed: ${allowed}`, {
    hint: `Give ${field} as ${allowed}, and submit it again.`,
    details: { field, allowed, found: given },
  });
}
