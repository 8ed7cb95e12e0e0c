import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { invariant } from '../../errors.ts';
import type { Sqlite } from '../sqlite.ts';
import { openDiagnosticsFile } from './file.ts';
import { keepLines, makeRoom } from './keep.ts';
import type { DiagnosticLine } from './line.ts';

/** Writes diagnostics where a slow disk hurts nobody. Answers each batch with how many lines were lost. */
export interface DiagnosticsThreadOptions {
  path: string;
  mostBytes: number;
}
export type ToDiagnostics = { lines: DiagnosticLine[] } | 'close';
export interface FromDiagnostics {
  lost: number;
}

/** Looking at the size costs little, but not nothing. */
const batchesPerLook = 20;

function main(port: MessagePort, { path, mostBytes }: DiagnosticsThreadOptions): void {
  let db: Sqlite | null = null;
  let batches = 0;
  port.on('message', (message: ToDiagnostics) => {
    if (message === 'close') {
      db?.close();
      port.close();
      return;
    }
    const { lines } = message;
    try {
      db ??= openDiagnosticsFile(path);
      keepLines(db, lines);
      if (batches++ % batchesPerLook === 0) makeRoom(db, mostBytes);
      port.postMessage({ lost: 0 } satisfies FromDiagnostics);
    } catch {
      // Whatever it is (a full disk, a damaged file), the next batch starts from a fresh connection.
      closeQuietly(db);
      db = null;
      port.postMessage({ lost: lines.length } satisfies FromDiagnostics);
    }
  });
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
