import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { applicationId, genesisHash, migrations } from '../../../src/stores/file/migrations.ts';
import { writeHead } from '../../../src/stores/journal/append.ts';
import { chainHash } from '../../../src/stores/journal/chain.ts';
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
  const ids = Array.from({ length: jobs }, (_, n) => `job_0000000old${n}`);
  db.transaction(() => {
    let prevHash = genesisHash;
    for (const [index, jobId] of ids.entries()) {
      const input = { label: jobId, kind: 'pure', ms: 1 };
      const row = submittedRow(index + 1, jobId, input, prevHash);
      prevHash = chainHash({ ...row, instance: null });
      const columns = { ...row, hash: prevHash };
      const names = Object.keys(columns);
      db.run(
        `INSERT INTO journal (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
        ...Object.values(columns),
      );
      db.run(
        `INSERT INTO jobs (job_id, state, capability, action, input, effects, priority, attempt,
           interruptions, submitted_seq, submitted_at)
         VALUES (?, 'pending', 'tool-0', 'do', ?, 'pure', 0, 0, 0, ?, ?)`,
        jobId,
        JSON.stringify(input),
        row.seq,
        ts,
      );
    }
    writeHead(db, { seq: ids.length, hash: prevHash });
  });
  db.close();
  return ids;
}

/** With the columns that a journal had then. */
const submittedRow = (seq: number, jobId: string, input: object, prevHash: string) => ({
  seq,
  event_id: `evt_0000000old${seq}`,
  ts,
  event_type: 'job_submitted',
  run_id: null,
  job_id: jobId,
  composition_id: null,
  node_id: null,
  capability: 'tool-0',
  config_hash: null,
  task: null,
  method: null,
  action: 'do',
  session: null,
  actor: null,
  worker_reported: 0,
  payload: JSON.stringify({ effects: 'pure', priority: 0, input }),
  prev_hash: prevHash,
});
