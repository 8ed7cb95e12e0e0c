import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { applicationId, migrations } from '../../../src/stores/file/migrations.ts';
import { JournalEnd } from '../../../src/stores/journal/append.ts';
import { openSqlite } from '../../../src/stores/sqlite.ts';

const jobs = 5;
const ts = '2026-01-01T00:00:00.000Z';

/** A state file as the first version wrote it, with a few jobs that wait. Returns their ids. */
export function writeOldState(path: string): string[] {
  mkdirSync(dirname(path), { recursive: true });
  const db = openSqlite(path);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  db.exec(migrations[0] ?? '');
  db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = 1`);
  const journal = new JournalEnd(db);
  const ids = Array.from({ length: jobs }, (_, n) => `job_0000000old${n}`);
  db.transaction(() => {
    for (const jobId of ids) {
      const input = { label: jobId, kind: 'pure', ms: 1 };
      const payload = { effects: 'pure', priority: 0, input };
      const about = { jobId, capability: 'tool-0', action: 'do' };
      const { raw } = journal.append({ eventType: 'job_submitted', ...about, payload }, ts);
      db.run(
        `INSERT INTO jobs (job_id, state, capability, action, input, effects, priority, attempt,
           interruptions, submitted_seq, submitted_at)
         VALUES (?, 'pending', 'tool-0', 'do', ?, 'pure', 0, 0, 0, ?, ?)`,
        jobId,
        JSON.stringify(input),
        raw.seq,
        ts,
      );
    }
    journal.writeHead();
  });
  db.close();
  return ids;
}
