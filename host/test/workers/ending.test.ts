import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeEnd } from '../../src/workers/ending.ts';
import { countersIn } from '../../src/workers/oom.ts';
import { isDyingOrDead } from '../../src/resources/processes.ts';

const unasked = { wasStopped: false, oomKills: 0 };

test('a death by SIGKILL is for lack of memory only when the kernel says so', () => {
  const killed = { code: null, signal: 'SIGKILL' } as const;
  assert.deepEqual(describeEnd(killed, unasked), {
    message: 'was killed by SIGKILL',
    category: 'transient',
  });
  assert.deepEqual(describeEnd(killed, { ...unasked, oomKills: 1 }), {
    message: 'was killed by SIGKILL: the system ran out of memory',
    category: 'resource',
  });
  assert.equal(
    describeEnd(killed, { wasStopped: true, oomKills: 1 }).message,
    'was stopped (was killed by SIGKILL)',
  );
});

test('a death by another signal, or with a code, names it and may pass', () => {
  for (const [end, message] of [
    [{ code: null, signal: 'SIGSEGV' }, 'was killed by SIGSEGV'],
    [{ code: 3, signal: null }, 'exited with code 3'],
  ] as const) {
    assert.deepEqual(describeEnd(end, { ...unasked, oomKills: 1 }), {
      message,
      category: 'transient',
    });
  }
});

test('the kernel counts where the control group of the host is, in either version, also inside of a container', () => {
  const paths = (text: string): string[] => countersIn(text).map(({ path }) => path);
  assert.deepEqual(paths('0::/user.slice/app.scope\n'), [
    '/sys/fs/cgroup/user.slice/app.scope/memory.events',
  ]);
  assert.deepEqual(paths('9:name=systemd:/\n4:cpu,memory:/docker/ab\n0::/\n'), [
    '/sys/fs/cgroup/memory/docker/ab/memory.oom_control',
    '/sys/fs/cgroup/memory/memory.oom_control',
  ]);
  assert.deepEqual(paths('nonsense'), []);
  const [counter] = countersIn('0::/a');
  assert.equal(counter?.pattern.exec('low 0\noom 3\noom_kill 2\n')?.[1], '2');
});

test('a process that runs is not dying, and one that is gone is', async () => {
  assert.equal(await isDyingOrDead(process.pid), false);
  assert.equal(await isDyingOrDead(2 ** 22 + 1), process.platform === 'linux');
});
