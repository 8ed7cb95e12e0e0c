import type { JsonObject, WireError } from '@capstan/protocol';
import type { Effects, JobState } from '../../kernel/index.ts';
import { valueOf } from '../journal/values.ts';
import type { ArtifactRow, AttemptRow, CallResources, CancelPhase, JobRow } from '../rows.ts';
import type { RetryPolicy } from '../specs.ts';
import type { Sqlite } from '../sqlite.ts';

export interface StoredJob {
  job_id: string;
  state: JobState;
  capability: string;
  instance: string | null;
  stream: number;
  action: string | null;
  task: string | null;
  method: string | null;
  input: string;
  effects: Effects;
  priority: number;
  run_id: string | null;
  node_id: string | null;
  actor: string | null;
  idempotency_key: string | null;
  deadline_ms: number | null;
  expires_at: string | null;
  not_before: string | null;
  retry: string | null;
  control: string | null;
  cancel_phase: CancelPhase | null;
  attempt: number;
  wait_reason: string | null;
  cancel_reason: string | null;
  submitted_at: string;
  started_at: string | null;
  finished_at: string | null;
  result: string | null;
  error: string | null;
  session: string | null;
  resources: string | null;
}

export function jobRow(db: Sqlite, stored: StoredJob): JobRow {
  return {
    jobId: stored.job_id,
    state: stored.state,
    capability: stored.capability,
    instance: stored.instance,
    stream: stored.stream === 1,
    action: stored.action,
    task: stored.task,
    method: stored.method,
    input: valueOf(db, stored.input) as JsonObject,
    effects: stored.effects,
    priority: stored.priority,
    runId: stored.run_id,
    nodeId: stored.node_id,
    actor: stored.actor,
    idempotencyKey: stored.idempotency_key,
    deadlineMs: stored.deadline_ms,
    expiresAt: stored.expires_at,
    notBefore: stored.not_before,
    retry: valueOf(db, stored.retry) as RetryPolicy | null,
    control: valueOf(db, stored.control) as JsonObject | null,
    cancelPhase: stored.cancel_phase,
    attempt: stored.attempt,
    waitReason: stored.wait_reason,
    cancelRequested: stored.cancel_reason !== null,
    submittedAt: stored.submitted_at,
    startedAt: stored.started_at,
    finishedAt: stored.finished_at,
    result: valueOf(db, stored.result),
    error: valueOf(db, stored.error) as WireError | null,
    session: stored.session,
    resources: valueOf(db, stored.resources) as CallResources | null,
  };
}

/** A job without the values that may be large: what a list shows. `submittedSeq` is its place in a history. */
export interface JobSummary extends Omit<JobRow, 'input' | 'result' | 'control'> {
  submittedSeq: number;
}

export type StoredSummary = Omit<StoredJob, 'input' | 'result' | 'control'> & {
  submitted_seq: number;
};

/** What a summary needs of the table; the large values are not even read. */
export const summaryColumns = `job_id, state, capability, instance, stream, action, task, method, effects, priority, run_id, node_id,
  actor, idempotency_key, deadline_ms, expires_at, not_before, retry, cancel_phase, attempt, wait_reason,
  cancel_reason, submitted_seq, submitted_at, started_at, finished_at, error, session, resources`;

export function jobSummary(db: Sqlite, stored: StoredSummary): JobSummary {
  const {
    input: _input,
    result: _result,
    control: _control,
    ...row
  } = jobRow(db, {
    ...stored,
    input: 'null',
    result: null,
    control: null,
  });
  return { ...row, submittedSeq: stored.submitted_seq };
}

export interface StoredAttempt {
  job_id: string;
  attempt: number;
  call_id: string;
  state: AttemptRow['state'];
  session: string | null;
  started_at: string;
  finished_at: string | null;
  error: string | null;
}

export function attemptRow(db: Sqlite, stored: StoredAttempt): AttemptRow {
  return {
    jobId: stored.job_id,
    attempt: stored.attempt,
    callId: stored.call_id,
    state: stored.state,
    session: stored.session,
    startedAt: stored.started_at,
    finishedAt: stored.finished_at,
    error: valueOf(db, stored.error) as WireError | null,
  };
}

export interface StoredArtifact {
  job_id: string;
  attempt: number;
  run_id: string | null;
  node_id: string | null;
  path: string;
  sha256: string;
  size: number;
  name: string;
  media_type: string | null;
}

export const artifactRow = (stored: StoredArtifact): ArtifactRow => ({
  jobId: stored.job_id,
  attempt: stored.attempt,
  runId: stored.run_id,
  nodeId: stored.node_id,
  path: stored.path,
  sha256: stored.sha256,
  size: stored.size,
  name: stored.name,
  ...(stored.media_type === null ? {} : { mediaType: stored.media_type }),
});
