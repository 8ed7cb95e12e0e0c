import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killAtOnce, sweepLeftovers } from '../../src/workers/index.ts';
import { call, isRunning, start, temporaryFolder, testGuard } from './fixtures.ts';

const grandchildIn = (output: readonly { text: string }[]): number => {
  const line = output.find(({ text }) => text.startsWith('grandchild '));
  assert.ok(line, 'the fixture printed the pid');
  return Number(line.text.slice('grandchild '.length));
};

test('ignores-sigterm is killed when its budgets are spent', async (t) => {
  const { worker } = await start(t, 'ignores-sigterm');
  const exit = await worker.stop({ cleanupMs: 100, stdinMs: 100, termMs: 100 });
  assert.equal(exit.signal, 'SIGKILL');
  assert.match(exit.message, /^was stopped/);
  assert.equal(isRunning(worker.pid), false);
});

test('ignores-stdin-eof ends by SIGTERM', async (t) => {
  const { worker } = await start(t, 'ignores-stdin-eof');
  const exit = await worker.stop({ stdinMs: 100 });
  assert.equal(exit.signal, 'SIGTERM');
});

test('hangs-in-call is ended in spite of its call, which is lost', async (t) => {
  const { worker, output } = await start(t, 'hangs-in-call');
  const outcome = call(worker, 'hang');
  while (output.length === 0) await worker.ask('GET', '/health', undefined, { timeoutMs: 20 });
  await worker.stop({ cleanupMs: 50, stdinMs: 50, termMs: 50 });
  const lost = await outcome;
  assert.ok(lost.kind === 'lost');
  assert.match(lost.error.message, /was stopped/);
});

test('a kill overtakes a polite stop that is under way', async (t) => {
  const { worker } = await start(t, 'ignores-sigterm');
  const polite = worker.stop({ cleanupMs: 60_000, stdinMs: 60_000, termMs: 60_000 });
  await worker.stop(killAtOnce);
  assert.equal((await polite).signal, 'SIGKILL');
});

test('a grandchild in a session of its own, twice forked, ends with the worker', async (t) => {
  const { worker, output } = await start(t, 'leaks-child');
  const grandchild = grandchildIn(output);
  assert.equal(isRunning(grandchild), true);
  const exit = await worker.stop();
  assert.equal(exit.code, 0, 'the worker itself ended of its own accord');
  assert.equal(isRunning(grandchild), false);
  assert.deepEqual(exit.survivors, []);
});

test('a grandchild ends also when the worker is killed by somebody else', async (t) => {
  const { worker, output } = await start(t, 'leaks-child');
  process.kill(worker.pid, 'SIGKILL');
  await worker.exited;
  assert.equal(isRunning(grandchildIn(output)), false);
});

test('the sweep at a start ends what a dead host of this workspace left, and spares the living', async (t) => {
  const workspace = `workspace-${process.pid}`;
  const runtimeDir = temporaryFolder(t);
  const dead = await start(t, 'ignores-stdin-eof', { runtimeDir, guard: testGuard(t, workspace) });
  const livingGuard = testGuard(t, workspace);
  const living = await start(t, 'well-behaved', { runtimeDir, guard: livingGuard });
  const foreign = await start(t, 'well-behaved', { runtimeDir, guard: testGuard(t, 'another') });

  const ended = await sweepLeftovers(workspace, [livingGuard.owner.hostId], runtimeDir);
  assert.deepEqual(ended, [dead.worker.pid]);
  assert.equal((await dead.worker.exited).signal, 'SIGKILL');
  for (const { worker } of [living, foreign]) {
    assert.equal((await worker.ask('GET', '/health')).kind, 'result');
  }
});
