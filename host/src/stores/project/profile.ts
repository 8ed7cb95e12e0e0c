import type { JsonObject } from '@capstan/protocol';
import type { RawJournalRow } from '../journal/chain.ts';
import { columnOf, valueOf } from '../journal/values.ts';
import type { ByDevice, CallResources } from '../rows.ts';
import type { Sqlite } from '../sqlite.ts';
import { instanceOf } from './instance.ts';

interface Ended {
  isCompleted: boolean;
  /** Where large values are looked up. */
  values: Sqlite;
}

/**
 * Adds an attempt that ended to what its instance came to under its configuration. One that never reached a
 * worker has no configuration, and is no call.
 */
export function callEnded(db: Sqlite, raw: RawJournalRow, payload: JsonObject, ended: Ended): void {
  const instance = instanceOf(raw);
  if (raw.config_hash === null || instance === null) return;
  const key = [instance, raw.config_hash] as const;
  const durationMs = payload['durationMs'];
  const isTimed = ended.isCompleted && typeof durationMs === 'number';
  db.run(
    `INSERT INTO profiles (instance_id, config_hash, capability, calls, completed, usage, last_at, timed, mean_duration_ms)
     VALUES (?, ?, ?, 1, ?, '{}', ?, ?, ?)
     ON CONFLICT DO UPDATE SET calls = calls + 1, completed = completed + excluded.completed,
       last_at = excluded.last_at, timed = timed + excluded.timed,
       mean_duration_ms = mean_duration_ms
         + excluded.timed * (excluded.mean_duration_ms - mean_duration_ms) / (timed + 1)`,
    ...key,
    raw.capability,
    ended.isCompleted ? 1 : 0,
    raw.ts,
    isTimed ? 1 : 0,
    isTimed ? durationMs : 0,
  );
  const usage = valueOf(ended.values, columnOf(payload, 'usage'));
  if (usage !== null) addUsage(db, key, usage as Totals);
  const resources = valueOf(ended.values, columnOf(payload, 'resources'));
  if (resources === null) return;
  if (ended.isCompleted) addResources(db, key, resources as unknown as CallResources);
  else addFailed(db, key, resources as unknown as CallResources);
}

/** What is known of one is forgotten; the next calls begin anew. */
export function profilesReset(db: Sqlite, payload: JsonObject): void {
  const { instance = null, configHash = null } = payload as { [member: string]: string | null };
  db.run(
    `DELETE FROM profiles WHERE instance_id = coalesce(?, instance_id) AND config_hash = coalesce(?, config_hash)`,
    instance,
    configHash,
  );
}

type Key = readonly [instance: string, configHash: string];

const one = <T>(db: Sqlite, columns: string, key: Key): T | undefined =>
  db.one<T>(`SELECT ${columns} FROM profiles WHERE instance_id = ? AND config_hash = ?`, ...key);

const set = (db: Sqlite, columns: string, key: Key, ...values: (string | number)[]): void => {
  db.run(
    `UPDATE profiles SET ${columns} WHERE instance_id = ? AND config_hash = ?`,
    ...values,
    ...key,
  );
};

interface Totals {
  [unit: string]: number;
}

/** Unit by unit; what a unit means is the tool's business. */
function addUsage(db: Sqlite, key: Key, usage: Totals): void {
  const before = one<{ usage: string }>(db, 'usage', key);
  const sum = new Map(Object.entries(JSON.parse(before?.usage ?? '{}') as Totals));
  for (const [unit, amount] of Object.entries(usage)) {
    if (typeof amount === 'number') sum.set(unit, (sum.get(unit) ?? 0) + amount);
  }
  set(db, 'usage = ?', key, JSON.stringify(Object.fromEntries(sum)));
}

/** As in the column `vram`: by device, the mean of all calls that could be told and the peak. */
export interface VramOfCalls {
  [index: string]: { mean: number; peak: number };
}

function addResources(db: Sqlite, key: Key, resources: CallResources): void {
  const { peakRssBytes, meanRssBytes, meanCpuPercent, peakVramBytes } = resources;
  set(
    db,
    `measured = measured + 1, peak_rss_bytes = max(peak_rss_bytes, ?),
     mean_rss_bytes = mean_rss_bytes + (? - mean_rss_bytes) / (measured + 1),
     cpu_measured = cpu_measured + ?,
     mean_cpu_percent = mean_cpu_percent + ? * (? - mean_cpu_percent) / (cpu_measured + 1)`,
    key,
    peakRssBytes,
    meanRssBytes,
    meanCpuPercent === null ? 0 : 1,
    meanCpuPercent === null ? 0 : 1,
    meanCpuPercent ?? 0,
  );
  if (peakVramBytes === null) return;
  const before = one<{ vram: string; n: number }>(db, 'vram, vram_measured AS n', key);
  const devices = JSON.parse(before?.vram ?? '{}') as VramOfCalls;
  const calls = (before?.n ?? 0) + 1;
  const vram: VramOfCalls = {};
  for (const index of Object.keys({ ...devices, ...peakVramBytes }).toSorted(byNumber)) {
    const { mean, peak } = devices[index] ?? { mean: 0, peak: 0 };
    const held = peakVramBytes[index] ?? 0;
    vram[index] = { mean: mean + (held - mean) / calls, peak: Math.max(peak, held) };
  }
  set(db, 'vram_measured = ?, vram = ?', key, calls, JSON.stringify(vram));
}

function addFailed(db: Sqlite, key: Key, { peakRssBytes, peakVramBytes }: CallResources): void {
  const columns =
    'failed_measured = failed_measured + 1, failed_peak_rss_bytes = max(failed_peak_rss_bytes, ?)';
  set(db, columns, key, peakRssBytes);
  if (peakVramBytes === null) return;
  const before = one<{ vram: string }>(db, 'failed_peak_vram AS vram', key);
  const peaks = JSON.parse(before?.vram ?? '{}') as ByDevice;
  for (const [index, bytes] of Object.entries(peakVramBytes)) {
    peaks[index] = Math.max(peaks[index] ?? 0, bytes);
  }
  set(db, 'failed_peak_vram = ?', key, JSON.stringify(peaks));
}

const byNumber = (a: string, b: string): number => Number(a) - Number(b);
