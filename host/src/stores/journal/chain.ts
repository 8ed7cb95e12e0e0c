import { sha256 } from './hash.ts';

/** A row of `journal` as SQLite holds it. */
export interface RawJournalRow {
  seq: number;
  event_id: string;
  ts: string;
  event_type: string;
  run_id: string | null;
  job_id: string | null;
  composition_id: string | null;
  node_id: string | null;
  capability: string | null;
  config_hash: string | null;
  task: string | null;
  method: string | null;
  action: string | null;
  session: string | null;
  actor: string | null;
  worker_reported: number;
  payload: string;
  prev_hash: string;
  hash: string;
  instance: string | null;
}

/**
 * The hash that chains a row to the one before: SHA-256 over the JSON array of every column in table
 * order, `prev_hash` last; the instance follows only where there is one, so that rows from before there were
 * any have the hash they had. JSON quotes each text, so no two different rows have the same encoding.
 */
export function chainHash(row: Omit<RawJournalRow, 'hash'>): string {
  return sha256(
    JSON.stringify([
      row.seq,
      row.event_id,
      row.ts,
      row.event_type,
      row.run_id,
      row.job_id,
      row.composition_id,
      row.node_id,
      row.capability,
      row.config_hash,
      row.task,
      row.method,
      row.action,
      row.session,
      row.actor,
      row.worker_reported,
      row.payload,
      row.prev_hash,
      ...(row.instance === null ? [] : [row.instance]),
    ]),
  );
}
