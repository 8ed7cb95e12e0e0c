import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Capacity } from '../../src/kernel/arbitrate/index.ts';
import type { Claim } from '../../src/kernel/claims/claim.ts';
import {
  type AcquireAnswer,
  directLedger,
  LeaseDesk,
  LedgerThread,
  type LedgerService,
  resolveRegion,
} from '../../src/leases/index.ts';
import { folderFor, named, policy, wants } from './world.ts';

type T = Parameters<typeof folderFor>[0];

const ram = (amount: number): Claim => ({ kind: 'quantity', resource: 'ram', amount });
const capacity: Capacity = { ram: { total: 100, budget: 100, used: 0, usedBy: null } };

function granted(answer: AcquireAnswer): Extract<AcquireAnswer, { kind: 'granted' }> {
  assert.ok(answer.kind === 'granted', JSON.stringify(answer));
  return answer;
}

async function deskFor(
  t: T,
  make: (path: string) => LedgerService | Promise<LedgerService> = directLedger,
) {
  const folder = realpathSync(folderFor(t));
  const workspace = await make(join(folder, 'leases.db'));
  const machine = await make(join(folder, 'machine.db'));
  const desk = new LeaseDesk({
    workspace: () => workspace,
    machine: () => machine,
    policy,
    termMs: 600_000,
    maxTermMs: 3_600_000,
    capacity: () => capacity,
  });
  t.after(() => desk.close());
  return { desk, workspace, machine, folder };
}

for (const [how, make] of [
  ['in this thread', directLedger],
  ['in threads of their own', (path: string) => LedgerThread.open(path)],
] as const) {
  test(`a lease over both ledgers has one id and one secret, and its real term in both (${how})`, async (t) => {
    const { desk, workspace, machine } = await deskFor(t, make);
    const { lease, secret } = granted(
      await desk.acquire({ holder: 'ann', alternatives: [[named('a'), ram(60)]] }),
    );
    assert.equal(lease.ledger, 'both');
    assert.equal(lease.claims.length, 2);
    const [inWorkspace] = (await workspace.state()).live;
    const [inMachine] = (await machine.state()).live;
    assert.equal(inWorkspace?.id, lease.id);
    assert.equal(inMachine?.id, lease.id);
    assert.equal(inMachine?.termMs, 600_000);
    const [listed, ...more] = (await desk.list()).leases;
    assert.deepEqual(more, []);
    assert.equal(listed?.ledger, 'both');
    assert.ok(!JSON.stringify(listed).includes('secretHash'));
    assert.equal((await desk.renew(lease.id, { secret })).kind, 'done');
    assert.equal((await desk.release(lease.id, { secret })).kind, 'done');
    assert.deepEqual((await desk.list()).leases, []);
    const again = await desk.release(lease.id, { secret });
    assert.ok(again.kind === 'refused' && again.code === 'LEASE_OVER');
    const unknown = await desk.release('lse_none', { secret });
    assert.ok(unknown.kind === 'refused' && unknown.code === 'LEASE_NOT_FOUND');
  });

  test(`what one ledger refuses the other does not keep (${how})`, async (t) => {
    const { desk, machine } = await deskFor(t, make);
    granted(await desk.acquire({ holder: 'ann', alternatives: [[named('a')]] }));
    const held = await desk.acquire({ holder: 'bob', alternatives: [[named('a'), ram(60)]] });
    assert.ok(held.kind === 'waiting' && held.code === 'NAME_HELD');
    assert.deepEqual((await machine.state()).live, []);
    granted(await desk.acquire({ holder: 'carl', alternatives: [[named('c'), ram(60)]] }));
    const short = await desk.acquire({ holder: 'bob', alternatives: [[named('b'), ram(60)]] });
    assert.ok(short.kind === 'waiting' && short.code === 'RESOURCE_HELD');
    assert.equal((await desk.list()).leases.length, 2);
    const second = granted(
      await desk.acquire({
        holder: 'bob',
        alternatives: [
          [named('b'), ram(60)],
          [named('b'), ram(40)],
        ],
      }),
    );
    assert.equal(second.alternative, 1);
  });

  test(`one that waits gets it as soon as it is free, and is told why it waits (${how})`, async (t) => {
    const { desk } = await deskFor(t, make);
    const held = granted(
      await desk.acquire({ holder: 'ann', alternatives: [[named('a'), ram(60)]] }),
    );
    const reasons: string[] = [];
    const waiting = desk.acquire(
      { holder: 'bob', alternatives: [[named('a'), ram(60)]] },
      { waitMs: 20_000, onWaiting: ({ code }) => reasons.push(code) },
    );
    await untilTrue(async () => (await desk.list()).waiters.length > 0);
    await desk.release(held.lease.id, { secret: held.secret });
    const { lease } = granted(await waiting);
    assert.equal(lease.ledger, 'both');
    assert.ok(reasons.length > 0);
    assert.deepEqual((await desk.list()).waiters, []);
  });

  test(`a wait ends with its time, or when the caller gives up, and leaves no place in the line (${how})`, async (t) => {
    const { desk } = await deskFor(t, make);
    granted(await desk.acquire({ holder: 'ann', alternatives: [[named('a')]] }));
    const late = await desk.acquire(
      { holder: 'bob', alternatives: [[named('a')]] },
      { waitMs: 150 },
    );
    assert.ok(late.kind === 'waiting' && late.code === 'NAME_HELD');
    const giveUp = new AbortController();
    const waiting = desk.acquire(
      { holder: 'bob', alternatives: [[named('a')]] },
      {
        waitMs: 60_000,
        signal: giveUp.signal,
        onWaiting: () => setImmediate(() => giveUp.abort()),
      },
    );
    assert.equal((await waiting).kind, 'waiting');
    assert.deepEqual((await desk.list()).waiters, []);
  });
}

test('the halves that children have of the machine end with their parent', async (t) => {
  const { desk, machine } = await deskFor(t);
  const parent = granted(await desk.acquire({ holder: 'ann', alternatives: [[named('a')]] }));
  const { id } = parent.lease;
  granted(
    await desk.acquire({
      holder: 'kid',
      parent: { id, secret: parent.secret },
      alternatives: [[named('b'), ram(60)]],
    }),
  );
  assert.equal((await machine.state()).live.length, 1);
  assert.equal((await desk.release(id, { secret: parent.secret })).kind, 'done');
  assert.deepEqual((await desk.list()).leases, []);
});

test('those who wait through a desk are served in the order in which they came', async (t) => {
  const { desk } = await deskFor(t);
  const held = granted(await desk.acquire({ holder: 'ann', alternatives: [[named('a')]] }));
  const order: string[] = [];
  const waits: Promise<void>[] = [];
  for (const holder of ['bob', 'carl', 'dora', 'eve']) {
    waits.push(
      (async () => {
        const { lease, secret } = granted(
          await desk.acquire({ holder, alternatives: [[named('a')]] }, { waitMs: 30_000 }),
        );
        order.push(holder);
        await desk.release(lease.id, { secret });
      })(),
    );
    // oxlint-disable-next-line no-await-in-loop -- they come one after the other
    await untilTrue(async () => (await desk.list()).waiters.length === waits.length);
  }
  await desk.release(held.lease.id, { secret: held.secret });
  await Promise.all(waits);
  assert.deepEqual(order, ['bob', 'carl', 'dora', 'eve']);
});

test('a lease that expires while somebody waits for it is granted within moments', async (t) => {
  const { desk } = await deskFor(t);
  granted(await desk.acquire({ holder: 'ann', termMs: 400, alternatives: [[named('a')]] }));
  const startedMs = performance.now();
  granted(await desk.acquire({ holder: 'bob', alternatives: [[named('a')]] }, { waitMs: 20_000 }));
  assert.ok(performance.now() - startedMs < 5000);
});

test('requests that come together through a thread are all answered, each for itself', async (t) => {
  const ledger = await LedgerThread.open(join(folderFor(t), 'leases.db'));
  t.after(() => ledger.close());
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, n) => ledger.acquire(wants(`h${n}`, `n${n % 20}`))),
  );
  assert.equal(answers.filter(({ kind }) => kind === 'granted').length, 20);
  await assert.rejects(ledger.spawn({ holder: '\0', claims: [] }), { code: 'LABEL_INVALID' });
  assert.deepEqual((await ledger.verify()).problems, []);
  await ledger.close();
  await ledger.close();
  await assert.rejects(ledger.state(), { code: 'LEDGER_UNREADABLE' });
});

test('a thread hears within moments what another one has written', async (t) => {
  const path = join(folderFor(t), 'leases.db');
  const [one, two] = [await LedgerThread.open(path), await LedgerThread.open(path)];
  t.after(() => Promise.all([one.close(), two.close()]));
  const heard = new Promise<number>((resolve) => {
    const startedMs = performance.now();
    one.onChange(() => resolve(performance.now() - startedMs));
  });
  await one.state();
  await two.acquire(wants('ann', 'a'));
  assert.ok((await heard) < 2000);
  assert.equal((await one.state()).live.length, 1);
});

test('an unreadable ledger refuses through a thread too', async (t) => {
  const path = join(folderFor(t), 'leases.db');
  writeFileSync(path, 'x'.repeat(5000));
  await assert.rejects(LedgerThread.open(path), { code: 'LEDGER_UNREADABLE' });
});

test('a guarded file is replaced whole, in the region of the lease and nowhere else', async (t) => {
  const { desk, folder } = await deskFor(t);
  const tree = join(folder, 'tree');
  mkdirSync(join(tree, 'src'), { recursive: true });
  mkdirSync(join(folder, 'outside'));
  symlinkSync('../../outside', join(tree, 'src', 'escape'));
  symlinkSync('../../outside/target', join(tree, 'src', 'linked'));
  writeFileSync(join(folder, 'outside', 'target'), 'theirs');
  writeFileSync(join(tree, 'src', 'a.ts'), 'old', { mode: 0o640 });
  const region = resolveRegion(tree, ['src/**']);
  assert.ok(region.kind === 'region');
  const { lease, secret } = granted(
    await desk.acquire({ holder: 'ann', alternatives: [[region.claim]] }),
  );
  const write = (path: string, content = 'new', key = secret) =>
    desk.guardFile(lease.id, key, { path: join(tree, path), content });

  assert.equal((await write('src/a.ts')).kind, 'done');
  assert.equal(readFileSync(join(tree, 'src', 'a.ts'), 'utf8'), 'new');
  assert.equal(lstatSync(join(tree, 'src', 'a.ts')).mode & 0o777, 0o640);
  assert.equal((await write('src/new.ts')).kind, 'done');
  for (const path of ['b.ts', 'src/../b.ts', 'src/escape/x', 'src/linked']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const answer = await write(path);
    assert.ok(answer.kind === 'refused' && answer.code === 'PATH_OUTSIDE_LEASE', path);
  }
  const stale = await write('src/a.ts', 'stale', 'guess');
  assert.ok(stale.kind === 'refused' && stale.code === 'SECRET_WRONG');
  await assert.rejects(write('src/none/x'), { code: 'FILE_NOT_FOUND' });
  assert.equal(readFileSync(join(folder, 'outside', 'target'), 'utf8'), 'theirs');
  assert.deepEqual(readdirSync(join(folder, 'outside')), ['target']);
  assert.deepEqual(readdirSync(join(tree, 'src')).toSorted(), [
    'a.ts',
    'escape',
    'linked',
    'new.ts',
  ]);

  const adopted = await desk.adopt(lease.id, { secret }, { holder: 'bob' });
  assert.ok(adopted.kind === 'done');
  const late = await write('src/a.ts', 'late');
  assert.ok(late.kind === 'refused' && late.code === 'LEASE_OVER');
  assert.equal(readFileSync(join(tree, 'src', 'a.ts'), 'utf8'), 'new');
});

test('a region that is held shared is for reading', async (t) => {
  const { desk, folder } = await deskFor(t);
  const region = resolveRegion(folder, ['**'], 'shared');
  assert.ok(region.kind === 'region');
  const { lease, secret } = granted(
    await desk.acquire({ holder: 'ann', alternatives: [[region.claim]] }),
  );
  const answer = await desk.guardFile(lease.id, secret, { path: join(folder, 'x'), content: '' });
  assert.ok(answer.kind === 'refused' && /for reading/.test(answer.reason));
});

async function untilTrue(ask: () => Promise<boolean>): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop -- this is the waiting
  while (!(await ask())) await new Promise((resolve) => setTimeout(resolve, 5));
}
