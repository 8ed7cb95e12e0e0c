import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { Ledger } from '../../src/leases/index.ts';
import { ledgerApplicationId, ledgerSteps } from '../../src/stores/ledger/schema.ts';
import { folderFor, granted, OwnMachine, wants } from '../leases/world.ts';

const written = readFileSync(join(import.meta.dirname, '../fixtures/stores/ledger-1.sql'), 'utf8');

/** A ledger as it was when its tables were written with every event, closed. */
function ledgerOfThen(t: TestContext): string {
  const path = join(folderFor(t), 'leases.db');
  const db = new DatabaseSync(path);
  db.exec(
    `PRAGMA application_id = ${ledgerApplicationId}; ${ledgerSteps[0]}; PRAGMA user_version = 1`,
  );
  db.exec(`BEGIN; ${written}; COMMIT; PRAGMA journal_mode = WAL`);
  db.close();
  return path;
}

test('a ledger of the first format is brought up to date: what was held is held, by the same secrets', (t) => {
  const path = ledgerOfThen(t);
  const machine = new OwnMachine('boot-1', 1_060_000);
  machine.processes.set(11, 'one');
  // Of the one that waits.
  machine.processes.set(11059, 'me');
  const ledger = Ledger.open(path, { machine });
  t.after(() => ledger.close());
  assert.deepEqual(ledger.verify().problems, []);
  assert.deepEqual(
    ledger.state().waiters.map(({ holder }) => holder.name),
    ['dora'],
  );
  assert.equal(ledger.acquire(wants('gil', 'deploy')).kind, 'waiting');
  assert.equal(ledger.acquire(wants('gil', 'seat')).kind, 'waiting');
  assert.equal(ledger.check('lse_kept', { secret: 'a secret of then' }).kind, 'done');
  const over = ledger.release('lse_ended', { secret: 'b' });
  assert.ok(over.kind === 'refused' && over.code === 'LEASE_OVER');
  assert.equal(granted(ledger.acquire(wants('gil', 'new'))).lease.token, 4);
  assert.deepEqual(ledger.verify().problems, []);
});

test('in a new boot it goes on above every token that may have been given', (t) => {
  const ledger = Ledger.open(ledgerOfThen(t), { machine: new OwnMachine('boot-2', 5_000) });
  t.after(() => ledger.close());
  assert.ok(granted(ledger.acquire(wants('gil', 'seat'))).lease.token > 1000);
  assert.deepEqual(ledger.verify().problems, []);
});

test('processes that bring it up to date together do so once', (t) => {
  const path = ledgerOfThen(t);
  const ledgers = [Ledger.open(path), Ledger.open(path)];
  for (const ledger of ledgers) t.after(() => ledger.close());
  for (const ledger of ledgers) assert.deepEqual(ledger.verify().problems, []);
});
