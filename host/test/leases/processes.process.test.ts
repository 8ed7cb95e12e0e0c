import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ledger } from '../../src/leases/index.ts';
import { folderFor, granted, ledgerFor, wants } from './world.ts';

type T = Parameters<typeof folderFor>[0];
const program = fileURLToPath(new URL('../fixtures/leases/holder.ts', import.meta.url));

/** A process of the fixture, with what it says. */
class Holder {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #said: AsyncIterator<string>;
  readonly ended: Promise<unknown>;

  constructor(t: T, ...args: string[]) {
    this.child = spawn(process.execPath, [program, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.ended = once(this.child, 'exit');
    this.#said = createInterface(this.child.stdout)[Symbol.asyncIterator]();
    t.after(() => this.kill('SIGKILL'));
  }

  /** The next thing it says; undefined when it has ended. */
  async says<Said>(): Promise<Said | undefined> {
    const { value, done } = await this.#said.next();
    return done === true ? undefined : (JSON.parse(value) as Said);
  }

  tell(): void {
    this.child.stdin.write('\n');
  }

  kill(signal: NodeJS.Signals): void {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
  }
}

test('a holder that was stopped over its term cannot overwrite what came after it', async (t) => {
  const { ledger, path } = ledgerFor(t);
  const file = join(folderFor(t), 'file');
  const holder = new Holder(t, 'write', path, '3000', file);
  const { token } = (await holder.says<{ token: number }>()) ?? { token: Number.NaN };
  holder.tell();
  assert.deepEqual(await holder.says(), { wrote: true });
  holder.kill('SIGSTOP');
  const next = await untilGranted(ledger, 'fast');
  assert.ok(next.lease.token > token);
  ledger.guard(next.lease.id, next.secret, () => writeFileSync(file, 'fast'));
  holder.kill('SIGCONT');
  holder.tell();
  assert.deepEqual(await holder.says(), { code: 'LEASE_OVER' });
  assert.equal(readFileSync(file, 'utf8'), 'fast');
});

test('without the guard the same holder would have overwritten it: the control', async (t) => {
  const { ledger, path } = ledgerFor(t);
  const file = join(folderFor(t), 'file');
  const { lease, secret } = granted(ledger.acquire(wants('slow', 'x', { termMs: 200 })));
  const next = await untilGranted(Ledger.open(path), 'fast');
  writeFileSync(file, 'fast');
  assert.ok(next.lease.token > lease.token);
  writeFileSync(file, 'slow');
  assert.equal(readFileSync(file, 'utf8'), 'slow');
  assert.throws(() => ledger.guard(lease.id, secret, () => {}), { code: 'LEASE_OVER' });
});

test('a process that is stopped in the midst of writing is named by those who wait for it', async (t) => {
  const { path } = ledgerFor(t);
  const holder = new Holder(t, 'stand', path);
  assert.equal(await holder.says(), 'in');
  holder.kill('SIGSTOP');
  const ledger = Ledger.open(path, { busyMs: 300 });
  t.after(() => ledger.close());
  assert.throws(
    () => ledger.acquire(wants('ann', 'y')),
    (error: Error & { code?: string; hint?: string }) => {
      assert.equal(error.code, 'LEDGER_BUSY');
      if (process.platform === 'linux') {
        assert.match(error.message, new RegExp(`process ${holder.child.pid} .*is stopped`));
        assert.match(String(error.hint), new RegExp(`kill -CONT ${holder.child.pid}`));
      }
      return true;
    },
  );
  holder.kill('SIGCONT');
  assert.equal(await holder.says(), 'out');
  granted(ledger.acquire(wants('ann', 'y')));
});

test("what a killed process held is free at once, and one that waited is in nobody's way (4.1)", async (t) => {
  const { ledger, path } = ledgerFor(t);
  const holder = new Holder(t, 'hold', path);
  await holder.says();
  const waiting = new Holder(t, 'wait', path);
  assert.equal(await waiting.says(), 'waiting');
  assert.equal(ledger.acquire(wants('ann', 'x')).kind, 'waiting');
  for (const each of [holder, waiting]) each.kill('SIGKILL');
  await Promise.all([holder.ended, waiting.ended]);
  granted(ledger.acquire(wants('ann', 'x')));
  assert.deepEqual(ledger.verify().problems, []);
});

test('eight processes that want one name never have it together, and its token never falls (4.5)', async (t) => {
  const { ledger, path } = ledgerFor(t);
  const mark = join(folderFor(t), 'mark');
  const holders = Array.from(
    { length: 8 },
    (_, n) => new Holder(t, 'contend', path, String(n), '25', mark),
  );
  for (const holder of holders) assert.equal(await holder.says(), 'ready');
  for (const holder of holders) holder.tell();
  for (const holder of holders) assert.deepEqual(await holder.says(), { rounds: '25' });
  assert.deepEqual(ledger.verify().problems, []);
  assert.equal(ledger.state().token, 200);
});

test('eight processes are served alike, and none of them finds the ledger busy', async (t) => {
  const { ledger, path } = ledgerFor(t);
  const holders = Array.from(
    { length: 8 },
    (_, n) => new Holder(t, 'pairs', path, String(n), '4000'),
  );
  for (const holder of holders) assert.equal(await holder.says(), 'ready');
  for (const holder of holders) holder.tell();
  const pairs: number[] = [];
  for (const holder of holders) pairs.push((await holder.says<{ pairs: number }>())?.pairs ?? 0);
  const [least, most] = [Math.min(...pairs), Math.max(...pairs)];
  t.diagnostic(`${pairs.join(' ')}: spread ${(most / least).toFixed(2)}`);
  // On a machine that does nothing else it is below 1.5; see the benchmarks.
  assert.ok(least > 0 && most / least < 3, pairs.join(' '));
  const { seq, token } = ledger.state();
  const all = pairs.reduce((sum, each) => sum + each, 0);
  assert.equal(token, all);
  assert.equal(seq, 2 * all);
});

test('compaction while four processes work takes nothing from any of them', async (t) => {
  const { ledger, path } = ledgerFor(t);
  const kept = granted(ledger.acquire(wants('ann', 'kept')));
  const holders = Array.from(
    { length: 4 },
    (_, n) => new Holder(t, 'pairs', path, String(n), '2000'),
  );
  for (const holder of holders) assert.equal(await holder.says(), 'ready');
  for (const holder of holders) holder.tell();
  const all = Promise.all(holders.map((holder) => holder.says<{ pairs: number }>()));
  const over = new AbortController();
  void all.then(() => over.abort());
  let compactions = 0;
  for (; !over.signal.aborted; compactions++) {
    ledger.compact();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.ok(compactions > 5);
  const pairs = (await all).reduce((sum, each) => sum + (each?.pairs ?? 0), 0);
  assert.ok(pairs > 0);
  const { token, live } = ledger.state();
  assert.equal(token, pairs + 1);
  assert.deepEqual(
    live.map(({ id }) => id),
    [kept.lease.id],
  );
  assert.deepEqual(ledger.verify().problems, []);
});

test('processes that are killed at any moment leave a ledger that is whole, and no token twice (4.6)', async (t) => {
  const { ledger, path } = ledgerFor(t);
  let token = 0;
  for (let round = 0; round < 6; round++) {
    const mark = join(folderFor(t), 'mark');
    const holders = Array.from(
      { length: 3 },
      (_, n) => new Holder(t, 'contend', path, `${round}-${n}`, '1000000', mark),
    );
    for (const holder of holders) assert.equal(await holder.says(), 'ready');
    for (const holder of holders) holder.tell();
    const before = ledger.state().seq;
    await untilTrue(() => ledger.state().seq > before + 10 + round * 7);
    for (const holder of holders) {
      holder.kill('SIGKILL');
      await holder.ended;
    }
    assert.deepEqual(ledger.verify().problems, []);
    const next = granted(ledger.acquire(wants('ann', 'one')));
    assert.ok(next.lease.token > token);
    ({ token } = next.lease);
    ledger.release(next.lease.id, { secret: next.secret });
    if (existsSync(mark)) assert.equal(holders.length, 3);
  }
  const tokens = ledger
    .log()
    .flatMap(({ type, payload }) =>
      type === 'granted' ? [(payload['lease'] as { token: number }).token] : [],
    );
  assert.equal(new Set(tokens).size, tokens.length);
  assert.deepEqual(
    tokens,
    tokens.toSorted((a, b) => a - b),
  );
});

test('eight processes that make the ledger together have one', async (t) => {
  const path = join(folderFor(t), 'leases.db');
  const holders = Array.from({ length: 8 }, (_, n) => new Holder(t, 'pairs', path, String(n), '1'));
  for (const holder of holders) assert.equal(await holder.says(), 'ready');
  for (const holder of holders) holder.tell();
  for (const holder of holders)
    assert.ok(((await holder.says<{ pairs: number }>())?.pairs ?? 0) > 0);
  const ledger = Ledger.open(path);
  t.after(() => ledger.close());
  assert.deepEqual(ledger.verify().problems, []);
  assert.ok(ledger.state().token >= 8);
});

async function untilGranted(ledger: Ledger, holder: string) {
  for (;;) {
    const answer = ledger.acquire(wants(holder, 'x'));
    if (answer.kind === 'granted') return answer;
    // oxlint-disable-next-line no-await-in-loop -- this is the waiting
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function untilTrue(ask: () => boolean): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop -- this is the waiting
  while (!ask()) await new Promise((resolve) => setTimeout(resolve, 5));
}
