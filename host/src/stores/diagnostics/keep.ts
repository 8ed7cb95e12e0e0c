import type { Sqlite } from '../sqlite.ts';
import type { DiagnosticLine } from './line.ts';

const insert = `INSERT INTO lines (ts, source, level, logger, message, exception_text, capability, session,
  call_id, job_id, run_id, node_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export function keepLines(db: Sqlite, lines: readonly DiagnosticLine[]): void {
  db.transaction(() => {
    for (const line of lines) {
      db.run(
        insert,
        line.ts,
        line.source,
        line.level ?? null,
        line.logger ?? null,
        line.message,
        line.exceptionText ?? null,
        line.capability ?? null,
        line.session ?? null,
        line.callId ?? null,
        line.jobId ?? null,
        line.runId ?? null,
        line.nodeId ?? null,
      );
    }
  });
}

const rowsPerStep = 500;

/** Deletes the oldest lines until the rest fits. Freed pages are used again; the file does not shrink. */
export function makeRoom(db: Sqlite, mostBytes: number): void {
  const pageBytes = db.pragma('page_size');
  const used = (): number => (db.pragma('page_count') - db.pragma('freelist_count')) * pageBytes;
  while (used() > mostBytes) {
    const deleted = db.transaction(() =>
      db.run(
        'DELETE FROM lines WHERE seq IN (SELECT seq FROM lines ORDER BY seq LIMIT ?)',
        rowsPerStep,
      ),
    );
    if (deleted === 0) return;
  }
}
