import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { sweepLeftovers } from '../../src/workers/index.ts';
import { liveProcesses } from '../../src/resources/processes.ts';
import { isRunning, temporaryFolder, untilGone } from './fixtures.ts';

const program = join(import.meta.dirname, '..', 'fixtures', 'workers', 'dying-host.ts');

/** A host in a process of its own with the given fixtures, each idle ('') or in a call of that action. */
async function startHost(t: TestContext, fixtures: { [name: string]: string }) {
  const workspace = `workspace-${process.pid}-${Math.random()}`;
  const args = [program, temporaryFolder(t), workspace];
  const host = spawn(process.execPath, [...args, ...Object.entries(fixtures).flat()], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  t.after(() => host.kill('SIGKILL'));
  const [line] = await once(host.stdout, 'data');
  const pids: number[] = JSON.parse(String(line));
  assert.ok(pids.every(isRunning), 'everything runs before the host dies');
  return { host, pids, guard: await guardOf(host), workspace };
}

/** The guard is the one child of the host that none of the pids is: a shell. */
async function guardOf(host: ChildProcess): Promise<number> {
  const children = (await liveProcesses())?.filter(({ parentPid }) => parentPid === host.pid) ?? [];
  const guard = children.find(({ pid }) =>
    readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('capstan-guard'),
  );
  assert.ok(guard, 'the host has a guard');
  return guard.pid;
}

const everyKind = {
  'well-behaved': '',
  'ignores-stdin-eof': '',
  'ignores-sigterm': '',
  'leaks-child': '',
  'hangs-in-call': 'hang',
  'stops-in-call': 'stop',
};

test('within a second of a SIGKILLed host no worker is left: idle, busy, stopped, deaf or escaped', async (t) => {
  const { host, pids, guard } = await startHost(t, everyKind);
  assert.equal(pids.length, 7, 'six workers and a grandchild');
  host.kill('SIGKILL');
  await untilGone(pids, 1000);
  await untilGone([guard], 1000);
});

test('the same after Ctrl-C, a hang-up or a crash of the host', async (t) => {
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGABRT'] as const) {
    const { host, pids, guard } = await startHost(t, {
      'ignores-stdin-eof': '',
      'leaks-child': '',
    });
    assert.ok(host.pid);
    process.kill(-host.pid, signal); // the terminal signals the whole foreground group
    await untilGone(pids, 1000);
    await untilGone([guard], 1000);
  }
});

test('without its guard only a worker that listens ends; the next host sweeps up the deaf one', async (t) => {
  const { host, pids, guard, workspace } = await startHost(t, {
    'well-behaved': '',
    'ignores-stdin-eof': '',
  });
  const [listening = 0, deaf = 0] = pids;
  process.kill(guard, 'SIGKILL');
  host.kill('SIGKILL');
  await untilGone([listening], 1000);
  assert.equal(isRunning(deaf), true);
  assert.deepEqual(await sweepLeftovers(workspace, [], temporaryFolder(t)), [deaf]);
  await untilGone([deaf], 1000);
});
