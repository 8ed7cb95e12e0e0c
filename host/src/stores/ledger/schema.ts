/**
 * A ledger of leases: a log of events, each chained to the one before by its hash, and what they have come to. `head`,
 * `leases`, `waiters`, `spawns` and `endings` follow from `events` and can be compared with them. They are written now
 * and then, all together, and say how far they go: whoever opens the ledger applies the few events since. So an act
 * writes the page on which the log ends, and not one of every table.
 *
 * Every row of the projections carries a sum over itself, and `head` says how many there are of each: a lease that
 * damage takes away must not be taken for one that was never granted. For the same reason the log ends with a row that
 * is no event: it has the number of the next one, which takes its place, and names the hash of the last. Where it is
 * missing the log has lost its end.
 */
export const ledgerApplicationId = 0x43504c44; // "CPLD"

/** What the first event names as the hash before it. */
export const firstHash = '0'.repeat(64);

/** Steps that are never edited once released; `user_version` counts those that a file has been through. */
export const ledgerSteps: readonly string[] = [
  `
CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  boot_ms INTEGER NOT NULL,
  type TEXT NOT NULL,
  lease_id TEXT,
  payload TEXT NOT NULL,
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE TABLE head (only INTEGER PRIMARY KEY CHECK (only = 1), body TEXT NOT NULL, sum TEXT NOT NULL) STRICT;
-- The number of a lease is that of the event which granted it: the order in which they were granted.
CREATE TABLE leases (number INTEGER PRIMARY KEY, body TEXT NOT NULL, sum TEXT NOT NULL) STRICT;
CREATE TABLE waiters (number INTEGER PRIMARY KEY, body TEXT NOT NULL, sum TEXT NOT NULL) STRICT;
CREATE TABLE spawns (number INTEGER PRIMARY KEY, body TEXT NOT NULL, sum TEXT NOT NULL) STRICT;
CREATE TABLE endings (number INTEGER PRIMARY KEY, id TEXT NOT NULL, body TEXT NOT NULL, sum TEXT NOT NULL) STRICT;
`,
  // An earlier Capstan would take the tables for all there is: from here on it refuses the file.
  `
INSERT INTO events
  SELECT (body ->> 'seq') + 1, '', '', 0, 'end', NULL, '', body ->> 'hash', '' FROM head;
`,
];
