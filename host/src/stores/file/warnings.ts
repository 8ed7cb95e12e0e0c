import type { JsonObject } from '@capstan/protocol';
import { instanceRow, problemOfInstance, type StoredInstance } from '../reader/instance-row.ts';
import type { Sqlite } from '../sqlite.ts';
import { departureFrom, readRecordedHead } from './head.ts';
import { rareTypes } from './migrations.ts';

/**
 * What was done to a store and may be right, but has to be known: another copy than the one last written
 * lies there, or was found there once. Reads a few rows.
 */
export function storeWarnings(db: Sqlite, stateDb: string): string[] {
  const departure = departureFrom(db, readRecordedHead(stateDb));
  const restored = db.all<{ seq: number; ts: string; payload: string }>(
    `SELECT seq, ts, payload FROM journal WHERE event_type = 'store_restored' AND ${rareTypes} ORDER BY seq`,
  );
  return [
    ...(departure === null ? [] : [departure.message]),
    ...restored.map((row) => restoredWarning(row, JSON.parse(row.payload) as JsonObject)),
    ...damagedInstances(db),
  ];
}

const damagedInstances = (db: Sqlite): string[] =>
  db
    .all<StoredInstance>('SELECT * FROM instances ORDER BY instance_id')
    .map((stored) => instanceRow(db, stored))
    .filter(({ problem }) => problem !== undefined)
    .map(problemOfInstance);

export const restoredWarning = (
  { seq, ts }: { seq: number; ts: string },
  payload: JsonObject,
): string =>
  `on ${ts} (journal row ${seq}) another copy was found in place: ${String(payload['message'])}`;
