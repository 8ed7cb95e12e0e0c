import assert from 'node:assert/strict';
import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { Ledger } from '../../src/leases/index.ts';
import { folderFor, granted, ledgerFor, wants } from '../leases/world.ts';

/** A ledger in which one lease is held, closed; `before` it so many came and went, which the tables do not tell yet. */
function closedLedger(
  t: Parameters<typeof folderFor>[0],
  before = 0,
): {
  path: string;
  secret: string;
  id: string;
} {
  const path = join(folderFor(t), 'leases.db');
  const ledger = Ledger.open(path);
  for (let n = 0; n < before; n++) {
    const one = granted(ledger.acquire(wants('zoe', 'deploy')));
    ledger.release(one.lease.id, { secret: one.secret });
  }
  const { lease, secret } = granted(ledger.acquire(wants('ann', 'deploy')));
  ledger.close();
  return { path, secret, id: lease.id };
}

/** Nothing is granted by it, and it is left as it was. */
function refusesAll(path: string, why: RegExp): void {
  const before = existsSync(path) && statSync(path).isFile() ? readFileSync(path) : null;
  assert.throws(
    () => {
      const ledger = Ledger.open(path);
      try {
        const answer = ledger.acquire(wants('bob', 'deploy'));
        assert.fail(`answered ${answer.kind}`);
      } finally {
        ledger.close();
      }
    },
    (error: Error & { code?: string; hint?: string }) => {
      assert.equal(error.code, 'LEDGER_UNREADABLE', error.message);
      assert.match(error.message, why);
      assert.match(String(error.hint), /[Gg]ranted|remove|Update/);
      return true;
    },
  );
  if (before !== null) assert.ok(before.equals(readFileSync(path)));
}

test('a ledger is for its user alone, and says that it is one', (t) => {
  const { path } = closedLedger(t);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(path.replace('.db', '.head')).mode & 0o777, 0o600);
  const db = new DatabaseSync(path);
  const { application_id: id } = db.prepare('PRAGMA application_id').get() as {
    application_id: number;
  };
  db.close();
  assert.equal(id, 0x43504c44);
});

test('the ledger of a workspace stays out of its repository, whoever makes it', (t) => {
  const folder = join(folderFor(t), '.capstan');
  Ledger.open(join(folder, 'leases.db')).close();
  assert.equal(readFileSync(join(folder, '.gitignore'), 'utf8'), '*\n');
  writeFileSync(join(folder, '.gitignore'), 'mine');
  rmSync(join(folder, 'leases.db'));
  rmSync(join(folder, 'leases.head'), { force: true });
  Ledger.open(join(folder, 'leases.db')).close();
  assert.equal(readFileSync(join(folder, '.gitignore'), 'utf8'), 'mine');
});

test('what is no ledger is refused: a text, a folder, a link, an empty file, another database', (t) => {
  const folder = folderFor(t);
  const at = (name: string): string => join(folder, name);
  writeFileSync(at('text.db'), 'nothing of SQLite '.repeat(100));
  writeFileSync(at('empty.db'), '');
  writeFileSync(at('short.db'), 'SQLite format 3\0');
  mkdirSync(at('folder.db'));
  symlinkSync(closedLedger(t).path, at('link.db'));
  const other = new DatabaseSync(at('other.db'));
  other.exec('CREATE TABLE t (a); CREATE TABLE u (a); INSERT INTO t VALUES (1)');
  other.close();
  refusesAll(at('text.db'), /not a database/);
  refusesAll(at('empty.db'), /empty/);
  refusesAll(at('short.db'), /cut short/);
  refusesAll(at('folder.db'), /not a file/);
  refusesAll(at('link.db'), /symbolic link/);
  refusesAll(at('other.db'), /no ledger/);
});

test('one that a newer Capstan wrote is refused', (t) => {
  const { path } = closedLedger(t);
  const db = new DatabaseSync(path);
  db.exec('PRAGMA user_version = 99');
  db.close();
  refusesAll(path, /newer Capstan/);
});

test('one that may not be read is refused', {
  skip: process.getuid?.() === 0 ? 'root may read all' : false,
}, (t) => {
  const { path } = closedLedger(t);
  chmodSync(path, 0);
  refusesAll(path, /may not read/);
});

test('one that is cut short is refused, wherever the cut is', (t) => {
  const { path } = closedLedger(t);
  const whole = readFileSync(path);
  for (const bytes of [100, 600, 4096, 5000, 8192, whole.length - 4096, whole.length - 1]) {
    writeFileSync(path, whole);
    truncateSync(path, bytes);
    refusesAll(path, /./);
  }
});

for (const [what, before] of [
  ['', 0],
  [', also when only the log tells of it', 3],
] as const) {
  test(`flipped bytes never free what is held${what} (4.6)`, (t) => flipBytes(t, before));
}

function flipBytes(t: TestContext, before: number): void {
  const { path, id, secret } = closedLedger(t, before);
  const whole = readFileSync(path);
  let refusals = 0;
  for (let at = 0; at < whole.length; at += 97) {
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.from([(whole[at] ?? 0) ^ 0x41]), 0, 1, at);
    closeSync(file);
    try {
      const ledger = Ledger.open(path);
      try {
        const answer = ledger.acquire(wants('bob', 'deploy'));
        // Where the byte belongs to nothing that counts, the lease is there as it was.
        assert.equal(answer.kind, 'waiting', `byte ${at}`);
        assert.equal(ledger.check(id, { secret }).kind, 'done', `byte ${at}`);
      } finally {
        ledger.close();
      }
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      refusals += 1;
    }
    writeFileSync(path, whole);
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
    rmSync(path.replace('.db', '.head'), { force: true });
  }
  assert.ok(refusals > 20, `${refusals} refusals`);
}

test('a log that lost its last events is refused, whatever is noted beside it', (t) => {
  const { path } = closedLedger(t, 3);
  rmSync(path.replace('.db', '.head'));
  for (const harm of [
    'DELETE FROM events WHERE seq = 8',
    'DELETE FROM events WHERE seq >= 7',
    'DELETE FROM events WHERE seq = 7',
    'DELETE FROM events',
  ]) {
    const copy = join(folderFor(t), 'leases.db');
    cpSync(path, copy);
    const db = new DatabaseSync(copy);
    db.exec(harm);
    db.close();
    refusesAll(copy, /lost its end|no event|none like it/);
  }
});

test('a log that lost its end is noticed: what was granted last is not free', (t) => {
  const { ledger, path } = ledgerFor(t);
  granted(ledger.acquire(wants('ann', 'early')));
  // As a process that was killed leaves it: the log is not folded into the file.
  const copy = join(folderFor(t), 'leases.db');
  granted(ledger.acquire(wants('ann', 'deploy')));
  ledger.compact();
  const note = path.replace('.db', '.head');
  ledger.close();
  const reopened = Ledger.open(path);
  granted(reopened.acquire(wants('ann', 'late')));
  cpSync(path, copy);
  cpSync(note, copy.replace('.db', '.head'));
  reopened.close();
  // Without its `-wal` it ends where it was folded last.
  refusesAll(copy, /older copy, or damaged/);
});

test('an older copy in its place is refused, and so is a lost one', (t) => {
  const { path } = closedLedger(t);
  const old = readFileSync(path);
  const ledger = Ledger.open(path);
  granted(ledger.acquire(wants('ann', 'x')));
  ledger.close();
  writeFileSync(path, old);
  refusesAll(path, /older copy/);
  rmSync(path);
  refusesAll(path, /it is gone/);
  rmSync(path.replace('.db', '.head'));
  const fresh = Ledger.open(path);
  t.after(() => fresh.close());
  granted(fresh.acquire(wants('bob', 'deploy')));
});

test('one that is taken away while it is used grants nothing any more', (t) => {
  const { ledger, path } = ledgerFor(t);
  granted(ledger.acquire(wants('ann', 'x')));
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  assert.throws(() => ledger.acquire(wants('bob', 'y')), { code: 'LEDGER_UNREADABLE' });
});

test('what is noted beside a ledger is never ahead of what was synced', (t) => {
  const { ledger, path } = ledgerFor(t);
  granted(ledger.acquire(wants('ann', 'first')));
  const { seq } = (granted(ledger.acquire(wants('ann', 'synced'))), ledger.state());
  // The end of its process is the end of it, so that it is not synced.
  granted(ledger.acquire(wants('bob', 'quick', { pid: process.pid })));
  ledger.close();
  const [, noted] = readFileSync(path.replace('.db', '.head'), 'latin1').split(' ');
  assert.equal(Number(noted), seq);
});

test('the log comes to what the tables say, before and after compaction', (t) => {
  const { ledger, path } = ledgerFor(t);
  const held = granted(ledger.acquire(wants('ann', 'kept', { purpose: 'to stay' })));
  for (let n = 0; n < 40; n++) {
    const { lease, secret } = granted(ledger.acquire(wants('bob', `n${n % 7}`)));
    if (n % 3 !== 0) ledger.release(lease.id, { secret });
  }
  ledger.acquire(wants('carl', 'kept', { lineMs: 60_000 }));
  ledger.spawn({ holder: 'dora', claims: [] });
  const before = ledger.state();
  assert.deepEqual(ledger.verify().problems, []);
  const report = ledger.compact();
  assert.ok(report.before > 60);
  assert.equal(report.after, 1);
  const { nowMs: _, seq, ...after } = ledger.state();
  const { nowMs: __, seq: formerSeq, ...same } = before;
  assert.deepEqual(after, same);
  assert.equal(seq, formerSeq + 1);
  assert.deepEqual(
    ledger.log().map(({ type }) => type),
    ['checkpoint'],
  );
  assert.deepEqual(ledger.verify().problems, []);

  const fresh = Ledger.open(path);
  t.after(() => fresh.close());
  const { nowMs: ___, seq: ____, ...read } = fresh.state();
  assert.deepEqual(read, same);
  const next = granted(fresh.acquire(wants('eve', 'new')));
  assert.ok(next.lease.token > before.token);
  assert.equal(fresh.check(held.lease.id, { secret: held.secret }).kind, 'done');
  // How leases ended is still told.
  const released = fresh.release(next.lease.id, { secret: next.secret });
  assert.equal(released.kind, 'done');
  assert.deepEqual(fresh.verify().problems, []);
});

test('a long log is compacted in passing, and nobody has to ask for it', (t) => {
  const { ledger } = ledgerFor(t, { compactAfter: 100 });
  for (let n = 0; n < 300; n++) {
    const { lease, secret } = granted(ledger.acquire(wants('ann', 'x', { pid: process.pid })));
    ledger.release(lease.id, { secret });
  }
  const log = ledger.log();
  assert.ok(log.length < 150, `${log.length} events`);
  assert.equal(log[0]?.type, 'checkpoint');
  assert.ok(ledger.state().seq > 600);
  assert.deepEqual(ledger.verify().problems, []);
});

test('whoever comes after a compaction while it was looking elsewhere sees the same', (t) => {
  const { ledger, path } = ledgerFor(t);
  const other = Ledger.open(path);
  t.after(() => other.close());
  const held = granted(other.acquire(wants('ann', 'x')));
  for (let n = 0; n < 20; n++) {
    const { lease, secret } = granted(ledger.acquire(wants('bob', 'y')));
    ledger.release(lease.id, { secret });
  }
  ledger.compact();
  granted(ledger.acquire(wants('bob', 'z')));
  assert.equal(other.acquire(wants('carl', 'z')).kind, 'waiting');
  assert.equal(other.release(held.lease.id, { secret: held.secret }).kind, 'done');
  granted(ledger.acquire(wants('carl', 'x')));
  assert.deepEqual(ledger.verify().problems, []);
});

test('verifying finds an event that was changed, one that is missing, and tables that say another thing', (t) => {
  for (const [harm, finds] of [
    [
      `UPDATE events SET payload = replace(payload, 'ann', 'eve') WHERE seq = 1`,
      /its hash is another/,
    ],
    ['DELETE FROM events WHERE seq = 2', /missing after 1/],
    ['DELETE FROM events WHERE seq = 3', /ends at event 2/],
    ['DELETE FROM events WHERE seq = 4', /lost its end: after event 3/],
    ['DELETE FROM leases', /should have 1 leases, and has 0/],
    [`UPDATE leases SET body = replace(body, 'ann', 'eve')`, /not what was written/],
  ] as const) {
    const { path } = closedLedger(t);
    const ledger = Ledger.open(path);
    ledger.acquire(wants('bob', 'deploy'));
    ledger.acquire(wants('carl', 'deploy'));
    ledger.close();
    const db = new DatabaseSync(path);
    db.exec(harm);
    db.close();
    const harmed = Ledger.open(path);
    const { problems } = harmed.verify();
    harmed.close();
    assert.match(problems.map(({ message }) => message).join('; '), finds);
  }
});
