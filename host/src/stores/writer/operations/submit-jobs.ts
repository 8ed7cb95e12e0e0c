import { isDeepStrictEqual } from 'node:util';
import type { Json } from '@capstan/protocol';
import { isoFromMs } from '../../../clock.ts';
import { HostError, invariant } from '../../../errors.ts';
import { newId } from '../../../ids.ts';
import { jobRow, type StoredJob } from '../../reader/job-row.ts';
import type { JobRow } from '../../rows.ts';
import type { JobSpec } from '../../specs.ts';
import { asPayload, type Transaction } from '../transaction.ts';

export interface SubmitJobs {
  nowMs: number;
  specs: JobSpec[];
}

export function submitJobs(tx: Transaction, { specs }: SubmitJobs): JobRow[] {
  for (const spec of specs) assertAsked(spec);
  return specs.map((spec) => sameJob(tx, spec) ?? submitJob(tx, spec, spec.runId ?? null, null));
}

/** Journals a new pending job. */
export function submitJob(
  tx: Transaction,
  spec: JobSpec,
  runId: string | null,
  nodeId: string | null,
): JobRow {
  const jobId = newId('job', tx.nowMs);
  const { delayMs = 0, withinMs } = spec;
  const notBefore = delayMs === 0 ? null : isoFromMs(tx.nowMs + delayMs);
  const expiresAt = withinMs === undefined ? null : isoFromMs(tx.nowMs + withinMs);
  tx.emit({
    eventType: 'job_submitted',
    jobId,
    runId,
    nodeId,
    capability: spec.capability,
    action: spec.action ?? null,
    task: spec.task ?? null,
    method: spec.method ?? null,
    actor: spec.actor ?? null,
    payload: asPayload({
      effects: spec.effects,
      priority: spec.priority ?? 0,
      input: spec.input,
      idempotencyKey: spec.idempotencyKey,
      deadlineMs: spec.deadlineMs,
      notBefore,
      expiresAt,
      retry: spec.retry as unknown as Json,
      control: spec.control,
    }),
  });
  return {
    jobId,
    state: 'pending',
    capability: spec.capability,
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
    expiresAt,
    notBefore,
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
  };
}

const keyChars = 512;

function assertAsked({ capability, action, task, method, idempotencyKey }: JobSpec): void {
  const isOne =
    action === undefined ? task !== undefined && method !== undefined : task === undefined;
  invariant(
    capability !== '' && isOne,
    'a job names a capability, and either an action or a task and method',
  );
  if ((idempotencyKey?.length ?? 0) <= keyChars) return;
  throw new HostError('INPUT_INVALID', `an idempotency key has at most ${keyChars} characters`);
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
  if (isDeepStrictEqual(asked(spec), asked(job))) return job;
  throw new HostError(
    'IDEMPOTENCY_CONFLICT',
    `the key "${spec.idempotencyKey}" already stands for ${job.jobId}, which asks for something else`,
    {
      hint: 'Use a new key for a new request, or send exactly what was sent before.',
      details: { jobId: job.jobId, key: spec.idempotencyKey },
    },
  );
}

const asked = ({ capability, action, task, method, input }: JobSpec | JobRow) => ({
  capability,
  action: action ?? null,
  task: task ?? null,
  method: method ?? null,
  // Through JSON, so that `undefined` members and key order of the two sides cannot differ by accident.
  input: JSON.parse(JSON.stringify(input)) as unknown,
});
