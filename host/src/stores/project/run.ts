import type { JsonObject } from '@capstan/protocol';
import type { RawJournalRow } from '../journal/chain.ts';
import { columnOf, valueOf } from '../journal/values.ts';
import type { Sqlite } from '../sqlite.ts';

/** The events of runs; those of jobs are in `project.ts`. Other events change no table. */
export function projectRun(
  db: Sqlite,
  raw: RawJournalRow,
  payload: JsonObject,
  values: Sqlite,
): void {
  switch (raw.event_type) {
    case 'run_submitted':
      return runSubmitted(db, raw, payload, values);
    case 'node_skipped':
      db.run(
        'UPDATE run_nodes SET state = ?, finished_at = ? WHERE run_id = ? AND node_id = ?',
        payload['state'] as string,
        raw.ts,
        raw.run_id,
        raw.node_id,
      );
      return;
    case 'node_reused':
      db.run(
        `UPDATE run_nodes SET state = 'completed', job_id = ?, reused = 1 WHERE run_id = ? AND node_id = ?`,
        raw.job_id,
        raw.run_id,
        raw.node_id,
      );
      return;
    case 'run_cancel_requested':
      db.run(
        'UPDATE runs SET cancel_reason = ? WHERE run_id = ?',
        payload['reason'] as string,
        raw.run_id,
      );
      return;
    case 'run_finished':
      db.run(
        'UPDATE runs SET state = ?, finished_at = ?, outputs = ?, error = ? WHERE run_id = ?',
        payload['state'] as string,
        raw.ts,
        columnOf(payload, 'outputs'),
        columnOf(payload, 'error'),
        raw.run_id,
      );
      return;
    default:
  }
}

function runSubmitted(db: Sqlite, raw: RawJournalRow, payload: JsonObject, values: Sqlite): void {
  db.run(
    `INSERT INTO runs (run_id, name, state, definition, definition_hash, inputs, inputs_hash, plan,
       fail_fast, actor, source, retry_of, submitted_seq, started_at)
     VALUES (?, ?, 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    raw.run_id,
    payload['name'] as string,
    columnOf(payload, 'definition'),
    payload['definitionHash'] as string,
    columnOf(payload, 'inputs'),
    payload['inputsHash'] as string,
    columnOf(payload, 'plan'),
    payload['failFast'] === true ? 1 : 0,
    raw.actor,
    (payload['source'] as string | undefined) ?? null,
    (payload['retryOf'] as string | undefined) ?? null,
    raw.seq,
    raw.ts,
  );
  const nodeIds = valueOf(values, columnOf(payload, 'nodeIds')) as string[];
  for (const [position, nodeId] of nodeIds.entries()) {
    db.run(
      `INSERT INTO run_nodes (run_id, node_id, position, state) VALUES (?, ?, ?, 'waiting')`,
      raw.run_id,
      nodeId,
      position,
    );
  }
}
