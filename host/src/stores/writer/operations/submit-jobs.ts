import { isDeepStrictEqual } from 'node:util';
import { isoFromMs } from '../../../clock.ts';
import { HostError } from '../../../errors.ts';
import { newId } from '../../../ids.ts';
import { storedParts, type Unkept } from '../../journal/kept.ts';
import { jobRow, type StoredJob } from '../../reader/job-row.ts';
import type { JobRow } from '../../rows.ts';
import type { JobSpec } from '../../specs.ts';
import type { Transaction } from '../transaction.ts';
import { assertEnabled } from './enabled.ts';
import { about } from './job-facts.ts';
import { assertJobSpec } from './job-spec.ts';

export interface SubmitJobs {
  nowMs: number;
  specs: JobSpec[];
}

export function submitJobs(tx: Transaction, { specs }: SubmitJobs): JobRow[] {
  for (const spec of specs) assertJobSpec(spec);
  return specs.map((spec) => {
    // A request that was accepted before is answered as it was, whatever has been disabled since.
    const same = sameJob(tx, spec);
    if (same !== null) return same;
    assertEnabled(tx, [spec.instance ?? spec.capability]);
    return submitJob(tx, spec, spec.runId ?? null, null);
  });
}

/** Journals a new pending job. `places` are those of parts of its input that are stored already. */
export function submitJob(
  tx: Transaction,
  spec: JobSpec,
  runId: string | null,
  nodeId: string | null,
  places: Unkept['places'] = {},
): JobRow {
  const job = newJob(tx, spec, runId, nodeId);
  const { effects, priority, input, notBefore, expiresAt } = job;
  const { idempotencyKey, deadlineMs, retry, control } = spec;
  const stream = job.stream ? true : undefined;
  const delayMs = notBefore === null ? undefined : spec.delayMs;
  const when = { notBefore, delayMs, expiresAt };
  const payload = {
    effects,
    priority,
    input,
    idempotencyKey,
    deadlineMs,
    ...when,
    retry,
    control,
    stream,
  };
  const stored = storedParts('input', places);
  const event = about(job, { eventType: 'job_submitted', payload: { ...payload, ...stored } });
  // A large value does not make its way through memory twice.
  if (!('$stored' in tx.emit(event))) tx.accept(job);
  return job;
}

/** The row of a job that was just accepted, as a reader will find it. */
function newJob(
  tx: Transaction,
  spec: JobSpec,
  runId: string | null,
  nodeId: string | null,
): JobRow {
  const { delayMs = 0, withinMs } = spec;
  return {
    jobId: spec.jobId ?? newId('job', tx.nowMs),
    state: 'pending',
    capability: spec.capability,
    instance: spec.instance ?? null,
    stream: spec.stream ?? false,
    action: spec.action ?? null,
    task: spec.task ?? null,
    method: spec.method ?? null,
    input: spec.input,
    effects: spec.effects,
    priority: spec.priority ?? 0,
    runId,
    nodeId,
    actor: spec.actor ?? null,
    idempotencyKey: spec.idempotencyKey ?? null,
    deadlineMs: spec.deadlineMs ?? null,
    expiresAt: withinMs === undefined ? null : isoFromMs(tx.nowMs + withinMs),
    notBefore: delayMs === 0 ? null : isoFromMs(tx.nowMs + delayMs),
    retry: spec.retry ?? null,
    control: spec.control ?? null,
    cancelPhase: null,
    attempt: 0,
    waitReason: null,
    cancelRequested: false,
    submittedAt: tx.ts,
    startedAt: null,
    finishedAt: null,
    result: null,
    error: null,
    session: null,
    resources: null,
  };
}

/** The job that this key already stands for, or null. */
function sameJob(tx: Transaction, spec: JobSpec): JobRow | null {
  if (spec.idempotencyKey === undefined) return null;
  const stored = tx.db.one<StoredJob>(
    'SELECT * FROM jobs WHERE idempotency_key = ?',
    spec.idempotencyKey,
  );
  if (stored === undefined) return null;
  const job = jobRow(tx.db, stored);
  const differing = differences(asked(spec), asked(job));
  if (differing.length === 0) return job;
  throw new HostError(
    'IDEMPOTENCY_CONFLICT',
    `the key "${spec.idempotencyKey}" already stands for ${job.jobId}, which asks for something else: not the same ${differing.join(', ')}`,
    {
      hint: 'Use a new key for a new request, or send exactly what was sent before.',
      details: { jobId: job.jobId, key: spec.idempotencyKey, differing },
    },
  );
}

/**
 * What a request asks to be done. When and how hard to try (priority, delay, times, retries), for whom and
 * as part of what is not in it: a client that sends a request again may count these afresh.
 */
const asked = ({
  capability,
  instance,
  action,
  task,
  method,
  input,
  control,
}: JobSpec | JobRow) => ({
  capability,
  instance: instance ?? null,
  action: action ?? null,
  task: task ?? null,
  method: method ?? null,
  input: asStored(input),
  control: asStored(control ?? null),
});
type Asked = ReturnType<typeof asked>;

/** Through JSON, so that `undefined` members and key order of the two sides cannot differ by accident. */
const asStored = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const differences = (one: Asked, other: Asked): string[] =>
  Object.keys(one).filter(
    (member) => !isDeepStrictEqual(one[member as keyof Asked], other[member as keyof Asked]),
  );
