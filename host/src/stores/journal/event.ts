import type { JsonObject } from '@capstan/protocol';
import type { JournaledEvent } from '../events.ts';
import type { JournalRow } from '../rows.ts';
import type { RawJournalRow } from './chain.ts';

export function journalRow(raw: RawJournalRow, payload?: JsonObject): JournalRow {
  return {
    seq: raw.seq,
    eventId: raw.event_id,
    ts: raw.ts,
    eventType: raw.event_type,
    runId: raw.run_id,
    jobId: raw.job_id,
    compositionId: raw.composition_id,
    nodeId: raw.node_id,
    capability: raw.capability,
    instance: raw.instance,
    configHash: raw.config_hash,
    task: raw.task,
    method: raw.method,
    action: raw.action,
    session: raw.session,
    actor: raw.actor,
    workerReported: raw.worker_reported === 1,
    payload: payload ?? (JSON.parse(raw.payload) as JsonObject),
    prevHash: raw.prev_hash,
    hash: raw.hash,
  };
}

/** The JSON of a row as subscribers see it. Its payload is text already. */
export function eventTextOf(raw: RawJournalRow): string {
  const event: Omit<JournaledEvent, 'payload'> = { type: raw.event_type, seq: raw.seq, ts: raw.ts };
  if (raw.run_id !== null) event.runId = raw.run_id;
  if (raw.job_id !== null) event.jobId = raw.job_id;
  if (raw.node_id !== null) event.nodeId = raw.node_id;
  if (raw.capability !== null) event.capability = raw.capability;
  if (raw.instance !== null) event.instance = raw.instance;
  if (raw.session !== null) event.session = raw.session;
  return `${JSON.stringify(event).slice(0, -1)},"payload":${raw.payload}}`;
}

/** The same row as subscribers see it: without what only verification needs. */
export function journaledEvent(row: JournalRow): JournaledEvent {
  return {
    type: row.eventType,
    seq: row.seq,
    ts: row.ts,
    ...(row.runId === null ? {} : { runId: row.runId }),
    ...(row.jobId === null ? {} : { jobId: row.jobId }),
    ...(row.nodeId === null ? {} : { nodeId: row.nodeId }),
    ...(row.capability === null ? {} : { capability: row.capability }),
    ...(row.instance === null ? {} : { instance: row.instance }),
    ...(row.session === null ? {} : { session: row.session }),
    payload: row.payload,
  };
}
