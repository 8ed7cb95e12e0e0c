import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { invariant } from '../../errors.ts';
import { tidyAtRest } from '../../tidy.ts';
import type { Sqlite } from '../sqlite.ts';
import { openDiagnosticsFile } from './file.ts';
import { keepLines } from './keep.ts';
import type { DiagnosticLine, DroppedCount } from './line.ts';
import { deleteOldest, prune, type Retention } from './prune.ts';

/** Writes diagnostics where a slow disk hurts nobody. Answers each batch with whether it was kept. */
export interface DiagnosticsThreadOptions {
  path: string;
  retention: Retention & { mostBytes: number };
}
export type ToDiagnostics =
  | { lines: DiagnosticLine[]; dropped: DroppedCount[]; nowMs: number }
  | 'close';
export interface FromDiagnostics {
  isKept: boolean;
}

/** Looking at the size costs little, but not nothing. */
const batchesPerLook = 20;
/** What has become too old is looked for at the start, and now and then in a host that stays. */
const pruneEveryMs = 3_600_000;

function main(port: MessagePort, { path, retention }: DiagnosticsThreadOptions): void {
  let db: Sqlite | null = null;
  let batches = 0;
  let prunedMs = Number.NEGATIVE_INFINITY;

  const pruneSoon = (nowMs: number): void => {
    if (db === null || nowMs - prunedMs < pruneEveryMs) return;
    prunedMs = nowMs;
    // The file may be closed, or given up, between two steps.
    prune(db, path, nowMs, retention).catch(() => {});
  };

  port.on('message', tidyAtRest());
  port.on('message', (message: ToDiagnostics) => {
    if (message === 'close') {
      closeQuietly(db);
      db = null;
      port.close();
      return;
    }
    const { lines, dropped, nowMs } = message;
    try {
      db ??= openDiagnosticsFile(path);
      keepLines(db, lines, dropped);
      if (batches++ % batchesPerLook === 0) makeRoom(db, retention.mostBytes);
      port.postMessage({ isKept: true } satisfies FromDiagnostics);
      pruneSoon(nowMs);
    } catch {
      // Whatever it is (a full disk, a damaged file), the next batch starts from a fresh connection.
      closeQuietly(db);
      db = null;
      port.postMessage({ isKept: false } satisfies FromDiagnostics);
    }
  });
}

/** Freed pages are used again at once; only pruning gives them back to the disk. */
function makeRoom(db: Sqlite, mostBytes: number): void {
  while (deleteOldest(db, mostBytes) > 0);
}

function closeQuietly(db: Sqlite | null): void {
  try {
    db?.close();
  } catch {
    // It is given up in any case.
  }
}

invariant(parentPort !== null, 'diagnostics are written in a worker thread');
main(parentPort, workerData as DiagnosticsThreadOptions);
