import type { JsonObject } from '@capstan/protocol';
import type { RawJournalRow } from '../journal/chain.ts';
import { columnOf, valueOf } from '../journal/values.ts';
import type { Sqlite } from '../sqlite.ts';
import { instanceOf } from './instance.ts';

/**
 * Adds an attempt that ended to what its instance came to under its configuration. One that never reached a
 * worker has no configuration, and is no call.
 */
export function callEnded(
  db: Sqlite,
  raw: RawJournalRow,
  payload: JsonObject,
  { isCompleted, values }: { isCompleted: boolean; values: Sqlite },
): void {
  const instance = instanceOf(raw);
  if (raw.config_hash === null || instance === null) return;
  const completed = isCompleted ? 1 : 0;
  db.run(
    `INSERT INTO profiles VALUES (?, ?, ?, 1, ?, '{}', ?)
     ON CONFLICT DO UPDATE SET calls = calls + 1, completed = completed + ?, last_at = excluded.last_at`,
    instance,
    raw.config_hash,
    raw.capability,
    completed,
    raw.ts,
    completed,
  );
  const usage = valueOf(values, columnOf(payload, 'usage'));
  if (usage === null) return;
  const before = db.one<{ usage: string }>(
    'SELECT usage FROM profiles WHERE instance_id = ? AND config_hash = ?',
    instance,
    raw.config_hash,
  );
  const totals = summed(JSON.parse(before?.usage ?? '{}') as Totals, usage as Totals);
  db.run(
    'UPDATE profiles SET usage = ? WHERE instance_id = ? AND config_hash = ?',
    JSON.stringify(totals),
    instance,
    raw.config_hash,
  );
}

interface Totals {
  [unit: string]: number;
}

/** Unit by unit; what a unit means is the tool's business. */
function summed(totals: Totals, usage: Totals): Totals {
  const sum = new Map(Object.entries(totals));
  for (const [unit, amount] of Object.entries(usage)) {
    if (typeof amount === 'number') sum.set(unit, (sum.get(unit) ?? 0) + amount);
  }
  return Object.fromEntries(sum);
}
