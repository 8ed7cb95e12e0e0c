import type { Sqlite } from '../sqlite.ts';
import type { DiagnosticLine, DroppedCount } from './line.ts';

const insert = `INSERT INTO lines (ts, source, level, logger, message, exception_text, capability, session,
  call_id, job_id, run_id, node_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const count = `INSERT INTO dropped (session, reason, lines, bytes, since, until) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (session, reason) DO UPDATE SET lines = lines + excluded.lines,
    bytes = bytes + excluded.bytes, until = max(until, excluded.until)`;

/** The lines, and what has been dropped since the last time: both or neither. */
export function keepLines(
  db: Sqlite,
  lines: readonly DiagnosticLine[],
  dropped: readonly DroppedCount[],
): void {
  db.transaction(() => {
    for (const { session, reason, lines: n, bytes, since, until } of dropped) {
      db.run(count, session, reason, n, bytes, since, until);
    }
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
