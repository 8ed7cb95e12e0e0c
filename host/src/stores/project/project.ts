import type { JsonObject } from '@capstan/protocol';
import type { Appended } from '../journal/append.ts';
import type { RawJournalRow } from '../journal/chain.ts';
import { columnOf, valueOf } from '../journal/values.ts';
import type { Sqlite } from '../sqlite.ts';
import { projectInstance } from './instance.ts';
import { callEnded, profilesReset } from './profile.ts';
import { projectRun } from './run.ts';

/**
 * What each event does to the tables. The writer calls this in the transaction that appends the event,
 * and `replay` calls it for every row of the journal: there is no other code that changes these tables,
 * so they cannot say anything the journal does not. `values` is where large values are looked up.
 */
export function project(db: Sqlite, { raw, payload }: Appended, values: Sqlite = db): void {
  switch (raw.event_type) {
    case 'job_submitted':
      return jobSubmitted(db, raw, payload);
    case 'job_waiting':
      db.run(
        'UPDATE jobs SET wait_reason = ? WHERE job_id = ?',
        text(payload, 'reason'),
        raw.job_id,
      );
      return;
    case 'job_started':
      return jobStarted(db, raw, payload);
    case 'job_interrupted':
      return jobInterrupted(db, raw, payload);
    case 'job_retrying':
      return jobRetrying(db, raw, payload, values);
    case 'job_reordered':
      db.run(
        'UPDATE jobs SET priority = ? WHERE job_id = ?',
        number(payload, 'priority'),
        raw.job_id,
      );
      return;
    case 'job_cancel_phase':
      db.run('UPDATE jobs SET cancel_phase = ? WHERE job_id = ?', text(payload, 'to'), raw.job_id);
      return;
    case 'job_cancel_requested':
      db.run(
        'UPDATE jobs SET cancel_reason = ? WHERE job_id = ?',
        text(payload, 'reason'),
        raw.job_id,
      );
      return;
    case 'job_decided':
      db.run(`UPDATE jobs SET state = 'pending', interruptions = 0 WHERE job_id = ?`, raw.job_id);
      return nodeFollows(db, raw, 'pending');
    case 'job_finished':
      return jobFinished(db, raw, payload, values);
    case 'instance_enabled':
    case 'instance_disabled':
    case 'instance_configured':
    case 'instance_env_set':
    case 'instance_forgotten':
      return projectInstance(db, raw, payload);
    case 'profiles_reset':
      return profilesReset(db, payload);
    default:
      projectRun(db, raw, payload, values);
  }
}

function jobSubmitted(db: Sqlite, raw: RawJournalRow, payload: JsonObject): void {
  db.run(
    `INSERT INTO jobs (job_id, state, capability, instance, stream, action, task, method, input, effects, priority, run_id,
       node_id, actor, idempotency_key, deadline_ms, not_before, delay_ms, expires_at, retry,
       control, attempt, interruptions, submitted_seq, submitted_at)
     VALUES (?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?)`,
    raw.job_id,
    raw.capability,
    raw.instance,
    payload['stream'] === true ? 1 : 0,
    raw.action,
    raw.task,
    raw.method,
    columnOf(payload, 'input'),
    text(payload, 'effects'),
    number(payload, 'priority') ?? 0,
    raw.run_id,
    raw.node_id,
    raw.actor,
    text(payload, 'idempotencyKey'),
    number(payload, 'deadlineMs'),
    text(payload, 'notBefore'),
    number(payload, 'delayMs'),
    text(payload, 'expiresAt'),
    columnOf(payload, 'retry'),
    columnOf(payload, 'control'),
    raw.seq,
    raw.ts,
  );
  if (raw.run_id === null) return;
  db.run(
    `UPDATE run_nodes SET state = 'pending', job_id = ? WHERE run_id = ? AND node_id = ?`,
    raw.job_id,
    raw.run_id,
    raw.node_id,
  );
}

function jobStarted(db: Sqlite, raw: RawJournalRow, payload: JsonObject): void {
  const attempt = number(payload, 'attempt');
  db.run(
    `UPDATE jobs SET state = 'running', attempt = ?, started_at = ?, wait_reason = NULL WHERE job_id = ?`,
    attempt,
    raw.ts,
    raw.job_id,
  );
  db.run(
    `INSERT INTO attempts (job_id, attempt, call_id, state, started_at) VALUES (?, ?, ?, 'running', ?)`,
    raw.job_id,
    attempt,
    text(payload, 'callId'),
    raw.ts,
  );
  nodeFollows(db, raw, 'running');
}

function jobInterrupted(db: Sqlite, raw: RawJournalRow, payload: JsonObject): void {
  const next = text(payload, 'next');
  db.run(
    'UPDATE jobs SET state = ?, interruptions = interruptions + 1 WHERE job_id = ?',
    next,
    raw.job_id,
  );
  db.run(
    `UPDATE attempts SET state = 'interrupted', finished_at = ? WHERE job_id = ? AND attempt = ?`,
    raw.ts,
    raw.job_id,
    number(payload, 'attempt'),
  );
  nodeFollows(db, raw, next);
}

/** The attempt is over, the job is not. It ended by itself, so earlier interruptions say nothing any more. */
function jobRetrying(db: Sqlite, raw: RawJournalRow, payload: JsonObject, values: Sqlite): void {
  db.run(
    `UPDATE jobs SET state = 'pending', not_before = ?, delay_ms = ?, failures = failures + 1,
       interruptions = 0, session = ?, resources = ? WHERE job_id = ?`,
    text(payload, 'notBefore'),
    number(payload, 'delayMs'),
    raw.session,
    columnOf(payload, 'resources'),
    raw.job_id,
  );
  db.run(
    `UPDATE attempts SET state = 'failed', finished_at = ?, session = ?, error = ?
     WHERE job_id = ? AND attempt = ?`,
    raw.ts,
    raw.session,
    columnOf(payload, 'error'),
    raw.job_id,
    number(payload, 'attempt'),
  );
  db.run(
    `INSERT INTO job_minutes VALUES (substr(?, 1, 16), 'retried', 1)
     ON CONFLICT DO UPDATE SET n = n + 1`,
    raw.ts,
  );
  callEnded(db, raw, payload, { isCompleted: false, values });
  nodeFollows(db, raw, 'pending');
}

function jobFinished(db: Sqlite, raw: RawJournalRow, payload: JsonObject, values: Sqlite): void {
  const state = text(payload, 'state');
  const attempt = number(payload, 'attempt');
  const error = columnOf(payload, 'error');
  db.run(
    `UPDATE jobs SET state = ?, finished_at = ?, result = ?, error = ?, session = ?, resources = ?,
       wait_reason = NULL WHERE job_id = ?`,
    state,
    raw.ts,
    columnOf(payload, 'result'),
    error,
    raw.session,
    columnOf(payload, 'resources'),
    raw.job_id,
  );
  db.run(
    `UPDATE attempts SET state = ?, finished_at = ?, session = ?, error = ?
     WHERE job_id = ? AND attempt = ? AND state = 'running'`,
    state,
    raw.ts,
    raw.session,
    error,
    raw.job_id,
    attempt,
  );
  const artifacts = (valueOf(values, columnOf(payload, 'artifacts')) ?? []) as JsonObject[];
  for (const [position, artifact] of artifacts.entries()) {
    db.run(
      `INSERT INTO artifacts (job_id, attempt, position, run_id, node_id, path, sha256, size, name, media_type)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      raw.job_id,
      attempt,
      position,
      raw.run_id,
      raw.node_id,
      text(artifact, 'path'),
      text(artifact, 'sha256'),
      number(artifact, 'size'),
      text(artifact, 'name'),
      text(artifact, 'mediaType'),
    );
  }
  callEnded(db, raw, payload, { isCompleted: state === 'completed', values });
  nodeFollows(db, raw, state);
}

/** The state of a node that has become a job is the state of that job. */
function nodeFollows(db: Sqlite, raw: RawJournalRow, state: string | null): void {
  if (raw.run_id === null) return;
  db.run(
    'UPDATE run_nodes SET state = ? WHERE run_id = ? AND node_id = ?',
    state,
    raw.run_id,
    raw.node_id,
  );
}

export function text(payload: JsonObject, member: string): string | null {
  const value = payload[member];
  return typeof value === 'string' ? value : null;
}

export function number(payload: JsonObject, member: string): number | null {
  const value = payload[member];
  return typeof value === 'number' ? value : null;
}
