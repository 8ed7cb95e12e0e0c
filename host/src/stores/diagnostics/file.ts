import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { openSqlite, type Sqlite } from '../sqlite.ts';

const applicationId = 0x43504447; // "CPDG"
const version = 2;

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
-- What is not there, and why. Kept when lines make room for others.
CREATE TABLE dropped (
  session TEXT NOT NULL,
  reason TEXT NOT NULL,
  lines INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  since TEXT NOT NULL,
  until TEXT NOT NULL,
  PRIMARY KEY (session, reason)
) STRICT, WITHOUT ROWID;
CREATE INDEX lines_by_job ON lines (job_id, seq) WHERE job_id IS NOT NULL;
CREATE INDEX lines_by_run ON lines (run_id, seq) WHERE run_id IS NOT NULL;
CREATE INDEX lines_by_call ON lines (call_id, seq) WHERE call_id IS NOT NULL;
CREATE INDEX lines_by_session ON lines (session, seq) WHERE session IS NOT NULL;
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
  // Only a database without tables can still be told to give pages back.
  db.exec('PRAGMA auto_vacuum = INCREMENTAL');
  configure(db);
  db.transaction(() => db.exec(schema));
  return db;
}

/** To change what is there beside whoever writes it; null when there is nothing that can be used. */
export function openDiagnosticsForPruning(path: string): Sqlite | null {
  if (!existsSync(path)) return null;
  try {
    return openSound(path);
  } catch {
    return null;
  }
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
  db.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 4194304',
  );
}

function putAside(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) {
    rmSync(`${path}.damaged${suffix}`, { force: true });
    if (existsSync(path + suffix)) renameSync(path + suffix, `${path}.damaged${suffix}`);
  }
}
