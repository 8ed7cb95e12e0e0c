/**
 * The schema of `state.db`, as steps that are never edited once released: `user_version` counts those a
 * file has been through. `payloads` and `journal` are what there is to keep; the other tables follow from the
 * journal and can be rebuilt from it.
 */
export const applicationId = 0x43505354; // "CPST"

/** What the first row of a journal names as the hash before it. */
export const genesisHash = '0'.repeat(64);

/** Every job makes a row of these, so that a page of them is never far. */
export const frequentTypes = [
  'job_submitted',
  'job_waiting',
  'job_started',
  'job_finished',
  'task_account',
] as const;
/** The condition of `journal_rare_types`; a query has to repeat it. */
export const rareTypes = `event_type NOT IN (${frequentTypes.map((type) => `'${type}'`).join(', ')})`;

/** Rows of the journal whose times are remembered together. */
export const blockRows = 256;

/** As columns; every job begins in the first. */
const jobStates = ['pending', 'running', 'completed', 'failed', 'cancelled', 'needs_decision'];

export const migrations: readonly string[] = [
  `
CREATE TABLE journal (
  seq INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL UNIQUE,
  ts TEXT NOT NULL,
  event_type TEXT NOT NULL,
  run_id TEXT,
  job_id TEXT,
  composition_id TEXT,
  node_id TEXT,
  capability TEXT,
  config_hash TEXT,
  task TEXT,
  method TEXT,
  action TEXT,
  session TEXT,
  actor TEXT,
  worker_reported INTEGER NOT NULL CHECK (worker_reported IN (0, 1)),
  payload TEXT NOT NULL,
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE INDEX journal_by_job ON journal (job_id, seq) WHERE job_id IS NOT NULL;
CREATE INDEX journal_by_run ON journal (run_id, seq) WHERE run_id IS NOT NULL;
CREATE UNIQUE INDEX journal_one_end_per_job ON journal (job_id) WHERE event_type = 'job_finished';
CREATE UNIQUE INDEX journal_one_end_per_run ON journal (run_id) WHERE event_type = 'run_finished';
CREATE TRIGGER journal_without_gaps BEFORE INSERT ON journal
  WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM journal)
  BEGIN SELECT raise(ABORT, 'the journal has no gaps'); END;
CREATE TRIGGER journal_not_updated BEFORE UPDATE ON journal
  BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_not_deleted BEFORE DELETE ON journal
  BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;

-- Where the journal ends, so that rows missing from its end are noticed too.
CREATE TABLE journal_head (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  seq INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;
INSERT INTO journal_head VALUES (1, 0, '${genesisHash}');

-- Values too large to stand in a row, by the SHA-256 of their JSON.
CREATE TABLE payloads (hash TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;

CREATE TABLE jobs (
  job_id TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  capability TEXT NOT NULL,
  action TEXT,
  task TEXT,
  method TEXT,
  input TEXT NOT NULL,
  effects TEXT NOT NULL,
  priority INTEGER NOT NULL,
  run_id TEXT,
  node_id TEXT,
  actor TEXT,
  idempotency_key TEXT,
  deadline_ms INTEGER,
  attempt INTEGER NOT NULL,
  interruptions INTEGER NOT NULL,
  wait_reason TEXT,
  cancel_reason TEXT,
  submitted_seq INTEGER NOT NULL,
  submitted_at TEXT NOT NULL,
  started_at TEXT,
  finished_at TEXT,
  result TEXT,
  error TEXT,
  session TEXT
) STRICT;
CREATE UNIQUE INDEX jobs_by_key ON jobs (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX jobs_unfinished ON jobs (state, submitted_seq)
  WHERE state IN ('pending', 'running', 'needs_decision');
CREATE INDEX jobs_by_age ON jobs (submitted_seq);

CREATE TABLE attempts (
  job_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  call_id TEXT NOT NULL,
  state TEXT NOT NULL,
  session TEXT,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  error TEXT,
  PRIMARY KEY (job_id, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  run_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  definition TEXT NOT NULL,
  definition_hash TEXT NOT NULL,
  inputs TEXT NOT NULL,
  inputs_hash TEXT NOT NULL,
  plan TEXT NOT NULL,
  fail_fast INTEGER NOT NULL,
  actor TEXT,
  cancel_reason TEXT,
  submitted_seq INTEGER NOT NULL,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  outputs TEXT,
  error TEXT
) STRICT;
CREATE INDEX runs_unfinished ON runs (definition_hash, inputs_hash) WHERE state = 'running';
CREATE INDEX runs_by_age ON runs (submitted_seq);

CREATE TABLE run_nodes (
  run_id TEXT NOT NULL,
  node_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  state TEXT NOT NULL,
  job_id TEXT,
  finished_at TEXT,
  PRIMARY KEY (run_id, node_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE artifacts (
  job_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  position INTEGER NOT NULL,
  run_id TEXT,
  node_id TEXT,
  path TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  size INTEGER NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT,
  PRIMARY KEY (job_id, attempt, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX artifacts_by_hash ON artifacts (sha256);
`,
  `
ALTER TABLE jobs ADD COLUMN not_before TEXT;
ALTER TABLE jobs ADD COLUMN expires_at TEXT;
ALTER TABLE jobs ADD COLUMN retry TEXT;
ALTER TABLE jobs ADD COLUMN control TEXT;
ALTER TABLE jobs ADD COLUMN cancel_phase TEXT;
ALTER TABLE jobs ADD COLUMN delay_ms INTEGER;
ALTER TABLE jobs ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN source TEXT;
ALTER TABLE runs ADD COLUMN retry_of TEXT;
ALTER TABLE run_nodes ADD COLUMN reused INTEGER NOT NULL DEFAULT 0;

-- What is true of this file and of no copy of another one.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('database_id', lower(hex(randomblob(16))));

-- What was said of an instance; one that is not here is enabled.
CREATE TABLE instances (
  instance_id TEXT PRIMARY KEY,
  enabled INTEGER NOT NULL,
  changed_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Histories by filter. SQLite uses a partial index only where a query repeats its condition word for word.
CREATE INDEX jobs_ended_otherwise ON jobs (state, submitted_seq) WHERE state IN ('failed', 'cancelled');
CREATE INDEX jobs_by_capability ON jobs (capability, submitted_seq);
CREATE INDEX jobs_by_run ON jobs (run_id, submitted_seq) WHERE run_id IS NOT NULL;
CREATE INDEX jobs_expiring ON jobs (expires_at) WHERE state = 'pending' AND expires_at IS NOT NULL;
CREATE INDEX runs_by_name ON runs (name, submitted_seq);
CREATE INDEX journal_by_session ON journal (session, seq) WHERE session IS NOT NULL;
-- Of the frequent ones some are found soon, wherever one begins to look; an index would only cost.
CREATE INDEX journal_rare_types ON journal (event_type, seq) WHERE ${rareTypes};

-- Between which times the rows of a block were written, so that a search by time begins at the right one. An
-- index of every row would cost each commit; a binary search would trust that no clock was ever set back.
CREATE TABLE journal_blocks (
  until_seq INTEGER PRIMARY KEY,
  earliest TEXT NOT NULL,
  latest TEXT NOT NULL
) STRICT;
INSERT INTO journal_blocks
  SELECT (seq + ${blockRows - 1}) / ${blockRows} * ${blockRows} AS until_seq, min(ts), max(ts)
  FROM journal GROUP BY 1 HAVING count(*) = ${blockRows};
CREATE TRIGGER journal_blocked AFTER INSERT ON journal WHEN NEW.seq % ${blockRows} = 0 BEGIN
  INSERT INTO journal_blocks SELECT NEW.seq, min(ts), max(ts) FROM journal WHERE seq > NEW.seq - ${blockRows};
END;

-- How many jobs of each capability are in which state, and what ended in which minute: counting a million
-- rows takes longer than a host may look away.
CREATE TABLE job_tallies (
  capability TEXT PRIMARY KEY,
  ${jobStates.map((state) => `${state} INTEGER NOT NULL`).join(',\n  ')}
) STRICT, WITHOUT ROWID;
CREATE TABLE job_minutes (
  minute TEXT NOT NULL,
  outcome TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (minute, outcome)
) STRICT, WITHOUT ROWID;
INSERT INTO job_tallies
  SELECT capability, ${jobStates.map((state) => `sum(state = '${state}')`).join(', ')} FROM jobs GROUP BY capability;
INSERT INTO job_minutes
  SELECT substr(finished_at, 1, 16), state, count(*) FROM jobs WHERE finished_at IS NOT NULL GROUP BY 1, 2;
CREATE TRIGGER jobs_tallied AFTER INSERT ON jobs BEGIN
  INSERT INTO job_tallies VALUES (NEW.capability, 1, 0, 0, 0, 0, 0)
  ON CONFLICT DO UPDATE SET pending = pending + 1;
END;
CREATE TRIGGER jobs_tallied_again AFTER UPDATE OF state ON jobs WHEN NEW.state <> OLD.state BEGIN
  UPDATE job_tallies SET
    ${jobStates.map((state) => `${state} = ${state} + (NEW.state = '${state}') - (OLD.state = '${state}')`).join(',\n    ')}
  WHERE capability = NEW.capability;
END;
CREATE TRIGGER jobs_timed AFTER UPDATE OF finished_at ON jobs WHEN NEW.finished_at IS NOT NULL BEGIN
  INSERT INTO job_minutes VALUES (substr(NEW.finished_at, 1, 16), NEW.state, 1)
  ON CONFLICT DO UPDATE SET n = n + 1;
END;
`,
  `
ALTER TABLE journal ADD COLUMN instance TEXT;
ALTER TABLE jobs ADD COLUMN instance TEXT;
ALTER TABLE jobs ADD COLUMN stream INTEGER NOT NULL DEFAULT 0;
CREATE INDEX jobs_streaming ON jobs (state, submitted_seq) WHERE stream = 1;
CREATE INDEX jobs_by_instance ON jobs (instance, submitted_seq) WHERE instance IS NOT NULL;

-- What was set at run time. Until now every instance was the default one of its capability.
ALTER TABLE instances ADD COLUMN capability TEXT;
ALTER TABLE instances ADD COLUMN config TEXT;
ALTER TABLE instances ADD COLUMN config_whole INTEGER NOT NULL DEFAULT 0;
ALTER TABLE instances ADD COLUMN env TEXT;
UPDATE instances SET capability = instance_id;

-- Counted by instance.
DROP TRIGGER jobs_tallied;
DROP TRIGGER jobs_tallied_again;
ALTER TABLE job_tallies RENAME TO tallies_until_now;
CREATE TABLE job_tallies (
  instance_id TEXT PRIMARY KEY,
  capability TEXT NOT NULL,
  ${jobStates.map((state) => `${state} INTEGER NOT NULL`).join(',\n  ')}
) STRICT, WITHOUT ROWID;
INSERT INTO job_tallies SELECT capability, capability, ${jobStates.join(', ')} FROM tallies_until_now;
DROP TABLE tallies_until_now;
CREATE TRIGGER jobs_tallied AFTER INSERT ON jobs BEGIN
  INSERT INTO job_tallies VALUES (coalesce(NEW.instance, NEW.capability), NEW.capability, 1, 0, 0, 0, 0, 0)
  ON CONFLICT DO UPDATE SET pending = pending + 1;
END;
CREATE TRIGGER jobs_tallied_again AFTER UPDATE OF state ON jobs WHEN NEW.state <> OLD.state BEGIN
  UPDATE job_tallies SET
    ${jobStates.map((state) => `${state} = ${state} + (NEW.state = '${state}') - (OLD.state = '${state}')`).join(',\n    ')}
  WHERE instance_id = coalesce(NEW.instance, NEW.capability);
END;

-- What the calls of an instance came to, by the configuration they ran under.
CREATE TABLE profiles (
  instance_id TEXT NOT NULL,
  config_hash TEXT NOT NULL,
  capability TEXT NOT NULL,
  calls INTEGER NOT NULL,
  completed INTEGER NOT NULL,
  usage TEXT NOT NULL,
  last_at TEXT NOT NULL,
  PRIMARY KEY (instance_id, config_hash)
) STRICT, WITHOUT ROWID;
`,
  `
-- What calls took and held. Means are of completed calls, and so are peaks: what failed or was cancelled may have
-- ended anywhere, and is kept apart.
ALTER TABLE profiles ADD COLUMN timed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE profiles ADD COLUMN mean_duration_ms REAL NOT NULL DEFAULT 0;
ALTER TABLE profiles ADD COLUMN measured INTEGER NOT NULL DEFAULT 0;
ALTER TABLE profiles ADD COLUMN cpu_measured INTEGER NOT NULL DEFAULT 0;
ALTER TABLE profiles ADD COLUMN mean_cpu_percent REAL NOT NULL DEFAULT 0;
ALTER TABLE profiles ADD COLUMN mean_rss_bytes REAL NOT NULL DEFAULT 0;
ALTER TABLE profiles ADD COLUMN peak_rss_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE profiles ADD COLUMN vram_measured INTEGER NOT NULL DEFAULT 0;
ALTER TABLE profiles ADD COLUMN vram TEXT NOT NULL DEFAULT '{}';
ALTER TABLE profiles ADD COLUMN failed_measured INTEGER NOT NULL DEFAULT 0;
ALTER TABLE profiles ADD COLUMN failed_peak_rss_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE profiles ADD COLUMN failed_peak_vram TEXT NOT NULL DEFAULT '{}';
ALTER TABLE jobs ADD COLUMN resources TEXT;
`,
];
