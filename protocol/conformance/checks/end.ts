import assert from 'node:assert/strict';
import type { Check } from '../subject.ts';
import { isAlive, until, type Worker, withWorker } from '../worker.ts';

/** A worker and all it started must be gone this soon after its host. */
const withinMs = 1000;

async function assertEndsWithHost(worker: Worker): Promise<void> {
  const startedAt = performance.now();
  worker.endStdin();
  await Promise.race([
    worker.exited,
    until(
      'the worker ended',
      () => worker.child.exitCode !== null || worker.child.signalCode !== null,
      withinMs,
    ),
  ]);
  assert.ok(performance.now() - startedAt < withinMs);
}

export const endChecks: Check[] = [
  {
    name: 'ends within a second of its host when it is idle',
    run: (subject) => withWorker(subject, assertEndsWithHost),
  },
  {
    name: 'ends within a second of its host while a call computes without a pause',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const busy = worker.execute('busy', { ms: 20_000 });
        busy.catch(() => {});
        // a request on the way may still be unread: what counts is that the tool computes
        await until('it computes', () => isComputing(worker));
        await assertEndsWithHost(worker);
        await assert.rejects(busy);
      }),
  },
  {
    name: 'ends within a second of its host when nobody reads its output any more',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        worker.child.stdout?.destroy();
        worker.child.stderr?.destroy();
        await worker.execute('log', { message: 'into the void', level: 'error' });
        assert.equal((await worker.execute('add', { a: 1 })).json, 2);
        await assertEndsWithHost(worker);
      }),
  },
  {
    name: 'takes along the processes it started',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const { json } = await worker.execute('spawn_child');
        assert.ok(await isAlive(json.pid));
        await assertEndsWithHost(worker);
        await until('the child ended', async () => !(await isAlive(json.pid)), withinMs);
      }),
  },
  {
    name: 'stays while stdin is open, however much is written to it',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        worker.child.stdin?.write('later versions may say more here\n'.repeat(1000));
        assert.equal((await worker.execute('sleep', { ms: 300 })).json, 'slept');
      }),
  },
];

/** On Linux, whether the worker used the processor since it was last asked; elsewhere, believed. */
const ticksBefore = new WeakMap<Worker, number>();
async function isComputing(worker: Worker): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const { readFile } = await import('node:fs/promises');
  const stat = await readFile(`/proc/${worker.child.pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const before = ticksBefore.get(worker);
  ticksBefore.set(worker, before ?? ticks);
  return before !== undefined && ticks - before >= 20; // 0.2 s of computing
}
