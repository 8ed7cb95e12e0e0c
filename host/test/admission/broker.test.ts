import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostError } from '../../src/errors.ts';
import { gib } from '../kernel/admission/worlds.ts';
import { MemoryLedger, measuredAs, world } from './world.ts';

test('an instance gets a seat for all its calls, and gives it back a moment after the last', async (t) => {
  const { broker, ledger, line, until, mayStart } = world(t);
  assert.match(broker.obstacle('speech')?.text ?? '', /whether this machine has room/);
  line('speech');
  await until(() => mayStart('speech'));
  const told = broker.entered('speech');
  assert.ok(told?.lease.startsWith('lse_'));
  assert.deepEqual(broker.entered('speech'), told);
  broker.left('speech', { ranOutOfMemory: false });
  broker.left('speech', { ranOutOfMemory: false });
  broker.entered('speech');
  broker.left('speech', { ranOutOfMemory: false });
  assert.equal(ledger.asked, 1);
  line();
  await until(() => ledger.live.size === 0);
});

test('what does not fit beside others waits, says why, and starts when their calls have ended', async (t) => {
  const { broker, state, line, until, mayStart, why } = world(t);
  state.needs.set('big', measuredAs(40)).set('other', measuredAs(20));
  line('big');
  await until(() => mayStart('big'));
  broker.entered('big');
  line('other');
  await until(() => why('other').includes('`big` of'));
  assert.match(
    why('other'),
    /^waiting for 25 GiB of memory since .*Z\. This machine has 64 GiB, of which 57\.6 GiB may be used: `big` of \/home\/ada\/notes has 50 GiB for .*, other programs use 4 GiB, 3\.6 GiB are free\. It starts as soon as enough of that has ended\.$/,
  );
  assert.equal(broker.obstacle('other')?.kind, 'memory');
  broker.left('big', { ranOutOfMemory: false });
  await until(() => mayStart('other'));
});

test('an idle worker makes room for a needy job, and one that is executing does not', async (t) => {
  const { broker, state, line, until, mayStart } = world(t);
  state.needs.set('needy', measuredAs(32));
  state.workers.push(
    { instance: 'idle', pid: 10, ram: 20, vram: [], callsInFlight: 0 },
    { instance: 'busy', pid: 11, ram: 10, vram: [], callsInFlight: 1 },
  );
  line('needy');
  await until(() => mayStart('needy'));
  assert.deepEqual(state.evicted, ['idle']);
  broker.entered('needy');
});

test('nobody is evicted where that would not be enough', async (t) => {
  const { state, line, until, why } = world(t);
  state.needs.set('needy', measuredAs(40));
  state.strangers.ram = 30;
  state.workers.push({ instance: 'idle', pid: 10, ram: 10, vram: [], callsInFlight: 0 });
  line('needy');
  await until(() => why('needy').includes('`idle`, which is idle, has 10 GiB'));
  const { looks } = state;
  await until(() => state.looks > looks + 2);
  assert.deepEqual(state.evicted, []);
});

test('memory that a stranger frees is noticed, and nothing looks at the machine when nobody waits', async (t) => {
  const { state, line, until, mayStart, why } = world(t);
  state.needs.set('needy', measuredAs(32));
  state.strangers.ram = 50;
  line('needy');
  await until(() => why('needy').includes('It starts when those programs free enough of it'));
  state.strangers.ram = 4;
  await until(() => mayStart('needy'));
  line();
  const { looks } = state;
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.equal(state.looks, looks);
});

test('what never fits is refused at once, with what it needs and what there is', async (t) => {
  const { broker, state, line, until } = world(t);
  state.needs.set('huge', measuredAs(200));
  line('huge');
  await until(() => broker.refusal('huge') !== null);
  const error = broker.refusal('huge');
  assert.equal(error?.code, 'CLAIM_NEVER_FITS');
  assert.equal(error?.category, 'resource');
  assert.equal(error?.retriable, false);
  assert.match(
    error?.message ?? '',
    /`huge` has needed 200 GiB of memory, and this machine has 64 GiB/,
  );
  assert.deepEqual(error?.shortfall, {
    resource: 'ram',
    needed: 200 * gib,
    available: Math.floor(64 * gib * 0.9),
  });
  assert.equal(broker.obstacle('huge'), null);
});

test('with a ledger that cannot be read nothing is granted, and the reason is told; then it goes on', async (t) => {
  const { broker, ledger, line, until, mayStart, why } = world(t);
  ledger.broken = new HostError('LEDGER_UNREADABLE', 'The ledger is not a database.');
  line('speech');
  await until(() => why('speech').includes('LEDGER_UNREADABLE'));
  assert.equal(broker.obstacle('speech')?.kind, 'ledger');
  assert.match(why('speech'), /what of this machine is free cannot be told.*not a database/);
  ledger.broken = null;
  await until(() => mayStart('speech'));
});

test('a later job may pass one that waits, until that one has waited too long: then it comes first', async (t) => {
  const { broker, state, line, until, mayStart, why } = world(t, { policy: { agingMs: 300 } });
  state.needs.set('needy', measuredAs(40)).set('small', measuredAs(20));
  line('small');
  await until(() => mayStart('small'));
  broker.entered('small');
  // Its jobs come one after the other, without a pause.
  line('needy', 'small');
  await until(() => why('needy').includes('`small` of'));
  broker.entered('small');
  broker.left('small', { ranOutOfMemory: false });
  assert.equal(mayStart('small'), true);
  await until(() => !mayStart('small'), 'giving way');
  assert.match(
    why('small'),
    /waiting for job_needy of `needy`, which has waited too long for what `small` holds/,
  );
  broker.left('small', { ranOutOfMemory: false });
  await until(() => mayStart('needy'));
});

test('a worker that others wait for stays, until the one that needs its room has waited too long', async (t) => {
  const { broker, state, line, until, mayStart } = world(t, { policy: { agingMs: 200 } });
  // Each holds a part and wants more; neither can have it while the other stays.
  state.needs.set('one', measuredAs(40)).set('two', measuredAs(40));
  state.workers.push(
    { instance: 'one', pid: 10, ram: 25, vram: [], callsInFlight: 0 },
    { instance: 'two', pid: 11, ram: 25, vram: [], callsInFlight: 0 },
  );
  line('one', 'two');
  await until(() => mayStart('one') || mayStart('two'));
  assert.equal(state.evicted.length, 1);
  broker.entered(mayStart('one') ? 'one' : 'two');
});

test('two hosts never book the same memory, and the idle workers of one make room for the other', async (t) => {
  const ledger = new MemoryLedger();
  const here = world(t, { ledger });
  const there = world(t, { ledger, pid: 1 });
  for (const each of [here, there]) each.state.gpus = [24];
  here.state.needs.set('model', { ...measuredAs(1, 16) });
  there.state.needs.set('model', { ...measuredAs(1, 16) });
  here.line('model');
  there.line('model');
  await here.until(() => here.mayStart('model') !== there.mayStart('model'), 'one seat');
  const [first, second] = here.mayStart('model') ? [here, there] : [there, here];
  first.broker.entered('model');
  first.line();
  await first.until(() => second.why('model').includes('memory of GPU 0'));
  const held = { instance: 'model', pid: 20, ram: 1, vram: [16], callsInFlight: 0 };
  first.state.workers.push(held);
  first.broker.spawned('model', 20);
  second.state.strangers.vram = [16, 0];
  first.broker.left('model', { ranOutOfMemory: false });
  await first.until(() => first.state.evicted.includes('model'), 'eviction for another host');
  second.state.strangers.vram = [0, 0];
  await second.until(() => second.mayStart('model'));
});

test('idle workers of two hosts that are only together enough make room all the same', async (t) => {
  const ledger = new MemoryLedger();
  const here = world(t, { ledger });
  const there = world(t, { ledger, pid: 1 });
  for (const each of [here, there]) each.state.needs.set('model', measuredAs(40));
  // Each sees the worker of the other as a stranger.
  const worker = (pid: number) => ({ instance: 'idle', pid, ram: 22, vram: [], callsInFlight: 0 });
  here.state.workers.push(worker(10));
  there.state.workers.push(worker(11));
  for (const each of [here, there]) each.state.strangers.ram = 24;
  // A seat of the other host was seen.
  there.line('small');
  here.line('small');
  await there.until(() => there.mayStart('small') && here.mayStart('small'));
  there.line();
  here.line('model');
  await here.until(
    () => here.state.evicted.includes('idle') && there.state.evicted.includes('idle'),
  );
});

test('each job is given one GPU, and a worker that is up stays on its own', async (t) => {
  const { broker, state, line, until, mayStart } = world(t);
  state.gpus = [24, 24];
  state.strangers.vram = [20, 0];
  state.needs.set('model', measuredAs(1, 8));
  line('model');
  await until(() => mayStart('model'));
  assert.equal(broker.entered('model')?.gpu, 1);
  const variables = await broker.placeOf('model');
  assert.equal(variables['CUDA_VISIBLE_DEVICES'], '1');
  assert.equal(variables['CAPSTAN_GPU'], '1');
  broker.spawned('model', 20);
  state.workers.push({ instance: 'model', pid: 20, ram: 1, vram: [0, 8], callsInFlight: 0 });
  broker.left('model', { ranOutOfMemory: false });
  line();
  await until(() => !mayStart('model'), 'the seat is given back');
  state.strangers.vram = [0, 11];
  line('model');
  await until(() => mayStart('model'));
  assert.equal(broker.entered('model')?.gpu, 1);
});

test('a call that ran out of memory gets room before it is tried again, and a new worker', async (t) => {
  const { broker, state, line, until, mayStart } = world(t);
  state.workers.push({ instance: 'idle', pid: 10, ram: 9, vram: [], callsInFlight: 0 });
  line('speech');
  await until(() => mayStart('speech'));
  broker.entered('speech');
  broker.left('speech', { ranOutOfMemory: true });
  assert.equal(mayStart('speech'), false);
  await until(() => mayStart('speech'));
  assert.deepEqual(state.evicted, ['idle']);
  assert.deepEqual(state.startedAnew, ['speech']);
});

test('a job that is not wanted any more leaves the line, and what was granted meanwhile is given back', async (t) => {
  const { ledger, state, line, until, why } = world(t);
  state.needs.set('needy', measuredAs(40));
  state.strangers.ram = 40;
  line('needy');
  await until(() => why('needy').includes('other programs use'));
  assert.equal(ledger.waiters.size, 1);
  line();
  await until(() => ledger.waiters.size === 0);
  line('quick');
  line();
  await until(() => ledger.live.size === 0 && ledger.waiters.size === 0);
});

test('a job whose instance nobody knows anything of is measured beside others, and waits a bounded time for its share', async (t) => {
  const { broker, state, line, until, mayStart } = world(t, { policy: { guessWaitMs: 300 } });
  state.needs.set('steady', measuredAs(40));
  line('steady');
  await until(() => mayStart('steady'));
  broker.entered('steady');
  const begun = performance.now();
  // 50 of 57.6 GiB are granted and 4 used, which leaves less than the share of a job that was never measured.
  line('new', 'steady');
  await until(() => mayStart('new'));
  assert.ok(performance.now() - begun < 1_500);
});
