import { statSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { isoFromMs } from '../../clock.ts';
import { defaults } from '../../defaults.ts';
import type { Sqlite } from '../sqlite.ts';
import { openDiagnosticsForPruning } from './file.ts';

export interface Retention {
  /** Lines older than this go; 14 days unless given. */
  olderThanMs?: number;
  /** The oldest lines go until the rest takes no more than this; 64 MiB unless given. */
  mostBytes?: number;
}

export interface PruneReport {
  /** Lines that are gone. */
  lines: number;
  /** By how much the file has become smaller. */
  bytes: number;
  /** Its size now, with what is still in the write-ahead log. */
  bytesLeft: number;
}

const rowsPerStep = 500;
const pagesPerStep = 1_000;

/**
 * Deletes what is too old, then the oldest of what is too much, and gives the room back to the disk. In
 * short steps with a turn of the event loop between them: whoever adds lines is not kept waiting.
 */
export async function prune(
  db: Sqlite,
  path: string,
  nowMs: number,
  retention: Retention,
  nextStep: () => Promise<unknown> = nextTurn,
): Promise<PruneReport> {
  const { olderThanMs = defaults.diagnosticsAgeMs, mostBytes = defaults.diagnosticsBytes } =
    retention;
  const before = sizeOf(path);
  const limit = isoFromMs(Math.max(0, nowMs - olderThanMs));
  let lines = 0;
  for (let deleted = rowsPerStep; deleted === rowsPerStep; await nextStep()) {
    deleted = db.transaction(() => db.run(deleteOlder, limit, rowsPerStep));
    lines += deleted;
  }
  db.run('DELETE FROM dropped WHERE until < ?', limit);
  for (let deleted = 1; deleted > 0; await nextStep()) {
    deleted = deleteOldest(db, mostBytes);
    lines += deleted;
  }
  while (db.pragma('freelist_count') > 0) {
    const free = db.pragma('freelist_count');
    db.exec(`PRAGMA incremental_vacuum(${pagesPerStep})`);
    // A file made before pages could be given back keeps them for later lines.
    if (db.pragma('freelist_count') >= free) break;
    // oxlint-disable-next-line no-await-in-loop -- the point is to let others have their turn
    await nextStep();
  }
  await foldLogIn(db);
  const bytesLeft = sizeOf(path);
  return { lines, bytes: Math.max(0, before - bytesLeft), bytesLeft };
}

/** Only then is the file itself smaller. Somebody who reads or writes at that moment is waited for, not for long. */
async function foldLogIn(db: Sqlite): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    const [done] = db.all<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)');
    if (done?.busy !== 1) return;
    // oxlint-disable-next-line no-await-in-loop -- it is the waiting that is wanted
    await pause(50);
  }
}

/** Beside a running host or without one. Nothing is there, nothing is pruned. */
export async function pruneDiagnostics(
  path: string,
  nowMs: number,
  retention: Retention = {},
): Promise<PruneReport> {
  const db = openDiagnosticsForPruning(path);
  if (db === null) return { lines: 0, bytes: 0, bytesLeft: sizeOf(path) };
  try {
    return await prune(db, path, nowMs, retention);
  } finally {
    db.close();
  }
}

/** What a pruning would remove. By size it is an estimate: lines are not equally long. */
export function whatToPrune(
  db: Sqlite | null,
  path: string,
  nowMs: number,
  retention: Retention,
): PruneReport {
  const { olderThanMs = defaults.diagnosticsAgeMs, mostBytes = defaults.diagnosticsBytes } =
    retention;
  const size = sizeOf(path);
  if (db === null) return { lines: 0, bytes: 0, bytesLeft: size };
  const limit = isoFromMs(Math.max(0, nowMs - olderThanMs));
  const found = db.one<{ n: number; old: number | null }>(
    'SELECT count(*) AS n, sum(ts < ?) AS old FROM lines',
    limit,
  );
  const all = found?.n ?? 0;
  const used = usedBytes(db);
  const tooMuch = used <= mostBytes ? 0 : Math.ceil((all * (used - mostBytes)) / used);
  const lines = Math.max(found?.old ?? 0, tooMuch);
  const bytes = all === 0 ? 0 : Math.round((used * lines) / all);
  return { lines, bytes, bytesLeft: Math.max(0, size - bytes) };
}

const usedBytes = (db: Sqlite): number =>
  (db.pragma('page_count') - db.pragma('freelist_count')) * db.pragma('page_size');

const deleteOlder = `DELETE FROM lines WHERE ts < ? AND seq IN (SELECT seq FROM lines ORDER BY seq LIMIT ?)`;

/** One step of making room; how many lines went, 0 when there is room. */
export function deleteOldest(db: Sqlite, mostBytes: number): number {
  if (usedBytes(db) <= mostBytes) return 0;
  const sql = 'DELETE FROM lines WHERE seq IN (SELECT seq FROM lines ORDER BY seq LIMIT ?)';
  return db.transaction(() => db.run(sql, rowsPerStep));
}

function sizeOf(path: string): number {
  const sizes = [path, `${path}-wal`].map(
    (file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
