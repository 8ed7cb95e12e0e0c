import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { openSqlite, type Sqlite } from '../sqlite.ts';

const applicationId = 0x43504447; // "CPDG"
const version = 1;

/** Disposable, so it has no migrations: a file of another version makes room for a new one. */
const schema = `
PRAGMA application_id = ${applicationId};
PRAGMA user_version = ${version};
CREATE TABLE lines (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  ts TEXT NOT NULL,
  source TEXT NOT NULL,
  level TEXT,
  logger TEXT,
  message TEXT NOT NULL,
  exception_text TEXT,
  capability TEXT,
  session TEXT,
  call_id TEXT,
  job_id TEXT,
  run_id TEXT,
  node_id TEXT
) STRICT;
CREATE INDEX lines_by_job ON lines (job_id, seq) WHERE job_id IS NOT NULL;
CREATE INDEX lines_by_run ON lines (run_id, seq) WHERE run_id IS NOT NULL;
`;

/** Opens or creates `diagnostics.db`. One that cannot be used is put aside as `….damaged`. */
export function openDiagnosticsFile(path: string): Sqlite {
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path)) {
    try {
      return openSound(path);
    } catch {
      putAside(path);
    }
  }
  const db = openSqlite(path);
  configure(db);
  db.transaction(() => db.exec(schema));
  return db;
}

/** For reading beside the writer; null when there is nothing that can be read. */
export function openDiagnosticsForReading(path: string): Sqlite | null {
  if (!existsSync(path)) return null;
  let db: Sqlite | undefined;
  try {
    db = openSqlite(path, { readOnly: true });
    assertOurs(db);
    return db;
  } catch {
    db?.close();
    return null;
  }
}

function openSound(path: string): Sqlite {
  const db = openSqlite(path);
  try {
    assertOurs(db);
    configure(db);
    db.one('SELECT seq FROM lines ORDER BY seq DESC LIMIT 1');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function assertOurs(db: Sqlite): void {
  if (db.pragma('application_id') !== applicationId || db.pragma('user_version') !== version) {
    throw new Error('not a diagnostics database of this version');
  }
}

/** The last moments may be lost with the power; nothing that matters is in here. */
function configure(db: Sqlite): void {
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
}

function putAside(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) {
    rmSync(`${path}.damaged${suffix}`, { force: true });
    if (existsSync(path + suffix)) renameSync(path + suffix, `${path}.damaged${suffix}`);
  }
}
