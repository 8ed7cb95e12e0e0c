import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isRunning } from '../workers/fixtures.ts';
import { attempt, job, world } from './world.ts';

const describe = async ({ instances }: ReturnType<typeof world>) => {
  const outcome = await instances.execute(job('well-behaved', 'describe'), attempt());
  assert.ok(outcome.kind === 'completed', JSON.stringify(outcome));
  const { result } = outcome;
  assert.ok(typeof result === 'object' && result !== null && 'pid' in result);
  return result;
};

test('the first call starts the worker, later ones find it warm', async (t) => {
  const host = world(t, { config: { rate: 2 } });
  const first = attempt();
  const value = { a: 1 };
  const outcome = await host.instances.execute(
    job('well-behaved', 'echo', { input: { value } }),
    first,
  );
  assert.ok(outcome.kind === 'completed');
  assert.deepEqual(outcome.result, value);
  assert.deepEqual(first.phases, ['starting well-behaved', 'initializing well-behaved']);

  const { pid, configs } = await describe(host);
  assert.equal((await describe(host))['pid'], pid);
  assert.deepEqual(configs, [{ rate: 2 }]);
  assert.deepEqual(host.told().slice(0, 3), ['worker_spawned', 'worker_ready', 'config_applied']);
  const applied = { phase: 'load', keys: ['rate'], enabled: true };
  assert.deepEqual(host.eventOf('config_applied'), applied);
  assert.equal(host.eventOf('worker_spawned')['version'], '1.2.3');
  assert.deepEqual(host.eventOf('worker_spawned')['env'], ['PATH']);
});

test('an empty configuration is applied too', async (t) => {
  const { configs } = await describe(world(t));
  assert.deepEqual(configs, [{}]);
});

test('callers that come together share one start', async (t) => {
  const host = world(t);
  const pids = await Promise.all([describe(host), describe(host), describe(host)]);
  assert.equal(new Set(pids.map(({ pid }) => pid)).size, 1);
  assert.equal(host.told().filter((type) => type === 'worker_spawned').length, 1);
});

test('a call carries who asked', async (t) => {
  const { instances } = world(t);
  const outcome = await instances.execute(job('well-behaved', 'headers'), attempt());
  assert.ok(outcome.kind === 'completed');
  assert.partialDeepStrictEqual(outcome.result, {
    envelope: { job_id: 'job_1', run_id: 'run_1', node_id: 'node' },
  });
});

test('an idle worker is ended after its time, and the next call starts another', async (t) => {
  const host = world(t, { idleMs: 30 });
  const { pid } = await describe(host);
  while (host.eventOf('worker_died')['phase'] === undefined) {
    // oxlint-disable-next-line no-await-in-loop -- the condition is the worker's end
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(host.eventOf('worker_died')['phase'], 'stop');
  assert.notEqual((await describe(host))['pid'], pid);
});

test('a worker that crashes fails its call, and the next call starts another', async (t) => {
  const host = world(t);
  const crash = await host.instances.execute(job('crashes-in-call', 'SIGSEGV'), attempt());
  assert.ok(crash.kind === 'failed');
  assert.equal(crash.error.code, 'WORKER_LOST');
  assert.match(crash.error.message, /was killed by SIGSEGV/);
  assert.partialDeepStrictEqual(host.eventOf('worker_died'), { phase: 'call', signal: 'SIGSEGV' });
  const again = await host.instances.execute(job('crashes-in-call', 'exit'), attempt());
  assert.ok(again.kind === 'failed');
  assert.match(again.error.message, /exited with code 7/);
});

test('a capability that cannot start is refused after three tries, with the reason', async (t) => {
  const host = world(t);
  const tryOnce = async () => {
    const outcome = await host.instances.execute(job('dies-on-start', 'x'), attempt());
    assert.ok(outcome.kind === 'failed');
    assert.equal(outcome.error.code, 'WORKER_START_FAILED');
    return outcome.error.message;
  };
  const messages = [await tryOnce(), await tryOnce(), await tryOnce()];
  assert.match(messages[2] ?? '', /^dies-on-start: the worker exited with code 3/);
  const refusal = await tryOnce();
  assert.match(refusal, /failed to start again and again, and is not tried again before 20/);
  assert.match(refusal, /the licence server said no/);
  assert.equal(host.told().filter((type) => type === 'worker_spawned').length, 3);
  assert.partialDeepStrictEqual(host.eventOf('worker_died'), { phase: 'start', code: 3 });
  const view = host.instances.list().find(({ instance }) => instance === 'dies-on-start');
  assert.equal(view?.state, 'stopped');
  assert.match(view?.refused?.reason ?? '', /exited with code 3/);
});

test('a configuration that the capability refuses is the error of the call, and no worker stays', async (t) => {
  const host = world(t, { config: { refuse: 'there is no model of that name' } });
  const outcome = await host.instances.execute(job('well-behaved', 'echo'), attempt());
  assert.ok(outcome.kind === 'failed');
  assert.equal(outcome.error.code, 'CONFIG_INVALID');
  assert.match(outcome.error.message, /could not be initialized: there is no model of that name/);
  assert.equal(host.eventOf('worker_died')['phase'], 'initialize');
  assert.equal(isRunning(Number(host.eventOf('worker_spawned')['pid'])), false);
});

test('a capability that is not installed is the error of the call', async (t) => {
  const outcome = await world(t).instances.execute(job('not-installed', 'x'), attempt());
  assert.ok(outcome.kind === 'failed');
  assert.equal(outcome.error.code, 'CAPABILITY_NOT_INSTALLED');
});

test('a cancel that the worker honours leaves it warm', async (t) => {
  const host = world(t);
  const { pid } = await describe(host);
  const waiting = attempt();
  const outcome = host.instances.execute(job('well-behaved', 'wait'), waiting);
  assert.equal(await waiting.firstProgress, 'begun');
  waiting.controller.abort(new Error('changed my mind'));
  const ended = await outcome;
  assert.equal(ended.kind, 'cancelled');
  assert.equal((await describe(host))['pid'], pid);
});

test('a call that ignores its cancel loses its worker after the grace', async (t) => {
  const host = world(t);
  const hanging = attempt();
  const outcome = host.instances.execute(job('hangs-in-call', 'hang'), hanging);
  while (!host.output.some(({ message }) => message === 'hanging')) {
    // oxlint-disable-next-line no-await-in-loop -- the condition is a line of output
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  hanging.controller.abort(new Error('took too long'));
  const ended = await outcome;
  assert.ok(ended.kind === 'cancelled');
  assert.equal(ended.error.message, 'hangs-in-call.hang: took too long');
  assert.equal(isRunning(Number(host.eventOf('worker_spawned')['pid'])), false);
  const next = await host.instances.execute(job('hangs-in-call', 'do not'), attempt());
  assert.ok(next.kind === 'completed');
});

test('a call that ignores its cancel does no harm to another one in the same worker', async (t) => {
  const host = world(t, { slots: 2 });
  const [ignoring, finishing, later] = [attempt(), attempt(), attempt()];
  const ignored = host.instances.execute(job('ignores-cancel', 'ignore'), ignoring);
  const finished = host.instances.execute(job('ignores-cancel', 'finish'), finishing);
  await Promise.all([ignoring.firstProgress, finishing.firstProgress]);
  ignoring.controller.abort(new Error('enough'));
  assert.equal((await ignored).kind, 'cancelled');

  const pid = Number(host.eventOf('worker_spawned')['pid']);
  const next = host.instances.execute(job('ignores-cancel', 'echo'), later);
  assert.deepEqual(later.phases, ['waiting for the end of a worker that will be replaced']);
  assert.equal(isRunning(pid), true);
  writeFileSync(join(host.paths.dataDir, 'ignores-cancel', 'go'), '');
  assert.partialDeepStrictEqual(await finished, { kind: 'completed', result: 'unharmed' });

  const answer = await next;
  assert.ok(answer.kind === 'completed');
  assert.notEqual(
    answer.result,
    pid,
    'nothing new is given to a worker with a call that will not end',
  );
  assert.equal(isRunning(pid), false);
});

test('when all calls in a worker ignore their cancels, it is killed', async (t) => {
  const host = world(t, { slots: 2 });
  const [one, two] = [attempt(), attempt()];
  const calls = [one, two].map((each) =>
    host.instances.execute(job('ignores-cancel', 'ignore'), each),
  );
  await Promise.all([one.firstProgress, two.firstProgress]);
  for (const { controller } of [one, two]) controller.abort(new Error('enough'));
  const kinds = (await Promise.all(calls)).map(({ kind }) => kind);
  assert.deepEqual(kinds, ['cancelled', 'cancelled']);
  while (!host.told().includes('worker_died')) {
    // oxlint-disable-next-line no-await-in-loop -- the condition is the worker's end
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(host.eventOf('worker_died')['phase'], 'call');
  assert.equal(isRunning(Number(host.eventOf('worker_spawned')['pid'])), false);
});

test('a deadline also passes while the worker is still starting', async (t) => {
  const host = world(t);
  const outcome = await host.instances.execute(
    job('never-ready', 'x', { deadlineMs: 50 }),
    attempt(),
  );
  assert.ok(outcome.kind === 'failed');
  assert.equal(outcome.error.code, 'DEADLINE_EXCEEDED');
  const view = host.instances.list().find(({ instance }) => instance === 'never-ready');
  assert.partialDeepStrictEqual(view, { state: 'starting', callsInFlight: 0 });
});

test('a deadline that the worker honours or ignores is DEADLINE_EXCEEDED', async (t) => {
  const host = world(t);
  await describe(host);
  const honoured = job('well-behaved', 'wait', { deadlineMs: 150 });
  const first = await host.instances.execute(honoured, attempt());
  assert.ok(first.kind === 'failed');
  assert.equal(first.error.code, 'DEADLINE_EXCEEDED');
  assert.match(first.error.message, /well-behaved\.wait did not end within its deadline of 150 ms/);

  const ignored = job('hangs-in-call', 'hang', { deadlineMs: 500 });
  const second = await host.instances.execute(ignored, attempt());
  assert.ok(second.kind === 'failed');
  assert.equal(second.error.code, 'DEADLINE_EXCEEDED');
});

test('a deadline further away than a timer reaches is no deadline that has passed', async (t) => {
  const host = world(t);
  const days = 24 * 3_600_000;
  for (const deadlineMs of [40 * days, 366 * days]) {
    const order = job('well-behaved', 'echo', { input: { value: 'in time' }, deadlineMs });
    // oxlint-disable-next-line no-await-in-loop -- the first one starts the worker
    const outcome = await host.instances.execute(order, attempt());
    assert.partialDeepStrictEqual(outcome, { kind: 'completed', result: 'in time' });
  }
});

test('a cancel while the worker starts ends the wait and spares the start', async (t) => {
  const host = world(t);
  const waiting = attempt();
  const outcome = host.instances.execute(job('well-behaved', 'echo'), waiting);
  waiting.controller.abort(new Error('not now'));
  assert.equal((await outcome).kind, 'cancelled');
  await describe(host);
  assert.equal(host.told().filter((type) => type === 'worker_spawned').length, 1);
});

test('stopAll ends every worker, also one that is only starting, and refuses others', async (t) => {
  const host = world(t);
  await describe(host);
  const starting = host.instances.execute(job('never-ready', 'x'), attempt());
  while (host.told().filter((type) => type === 'worker_spawned').length < 2) {
    // oxlint-disable-next-line no-await-in-loop -- the condition is the second spawn
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await host.instances.stopAll();
  assert.equal((await starting).kind, 'cancelled');
  const pids = host.events
    .filter(({ eventType }) => eventType === 'worker_spawned')
    .map(({ payload }) => Number(payload['pid']));
  assert.deepEqual(pids.map(isRunning), [false, false]);
  const refused = await host.instances.execute(job('well-behaved', 'echo'), attempt());
  assert.equal(refused.kind, 'cancelled');
});

test('code that differs from its manifest is told, and works', async (t) => {
  const host = world(t);
  await describe(host);
  while (!host.told().includes('capability_drifted')) {
    // oxlint-disable-next-line no-await-in-loop -- the condition is the event
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.deepEqual(host.eventOf('capability_drifted')['parts'], ['config_schema']);
});
