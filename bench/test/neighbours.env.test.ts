import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { SideFailed } from '../measure/sides.ts';
import { bullmq } from '../systems/bullmq/index.ts';
import { packagesFolder } from '../systems/driven/packages.ts';
import { programNamed } from '../systems/driven/program.ts';
import { systemsFolder } from '../systems/folder.ts';
import { graphileWorker } from '../systems/graphile-worker/index.ts';
import { restate } from '../systems/restate/index.ts';
import type { System, SystemEntry } from '../systems/system.ts';

test('BullMQ runs jobs, chains and fans on a Redis that syncs every write', async (t) => {
  await withSystem(t, bullmq, async (system) => {
    assert.match(system.version, /^\d.*, Redis \d/);
    assert.match(system.durability, /appendfsync always/);
    await runsJobs(system);
    await runsAtOnce(system);
    assert.ok((await system.chain!(5)).wall > 0);
    assert.ok((await system.fan!(5)).wall > 0);
  });
});

test('Graphile Worker runs jobs and chains on a PostgreSQL that syncs every commit', async (t) => {
  await withSystem(t, graphileWorker, async (system) => {
    assert.match(system.version, /PostgreSQL \d/);
    assert.match(system.durability, /fsync on, synchronous_commit on/);
    await runsJobs(system);
    await runsAtOnce(system);
    assert.ok((await system.chain!(5)).wall > 0);
    // Back to how it works one at a time.
    await runsJobs(system);
  });
});

test('Restate runs jobs, chains and fans on a node of its own', async (t) => {
  const folder = join(import.meta.dirname, '..', 'systems', 'restate');
  if (!existsSync(packagesFolder(folder, systemsFolder('restate')))) {
    t.skip('its server of 216 MB is not installed: npm run bench -- --against restate');
    return;
  }
  await withSystem(t, restate, async (system) => {
    assert.match(system.version, /SDK \d/);
    await runsJobs(system);
    await runsAtOnce(system);
    assert.ok((await system.chain!(5)).wall > 0);
    assert.ok((await system.fan!(5)).wall > 0);
  });
});

test('a neighbour whose server is missing is left out with what to type', () => {
  assert.throws(
    () => programNamed('no-such-server', { install: 'apt-get install no-such' }),
    (error) => {
      assert.ok(error instanceof SideFailed);
      assert.equal(error.message, 'this machine has no no-such-server: apt-get install no-such');
      return true;
    },
  );
});

async function runsJobs(system: System): Promise<void> {
  const { wall, cpuMicros } = await system.oneJob!(3);
  assert.ok(wall > 0 && (cpuMicros ?? 0) > 0);
}

async function runsAtOnce(system: System): Promise<void> {
  assert.ok((await system.burst!(20, 8)).wall > 0);
  assert.ok((await system.drain!(20, 8)).wall > 0);
  assert.ok((await system.memoryAfter!(10)).wall > 10);
}

/** Skips with the system's own reason where the machine lacks it; else everything it started is gone after. */
async function withSystem(
  t: TestContext,
  entry: SystemEntry,
  use: (system: System) => Promise<void>,
): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'capstan-neighbour-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  let system: System;
  try {
    system = await entry.open({ cache: systemsFolder(entry.name), data, say: () => {} });
  } catch (error) {
    if (!(error instanceof SideFailed)) throw error;
    t.skip(error.message);
    return;
  }
  try {
    await use(system);
  } finally {
    await system.close();
  }
  assert.deepEqual(processesNaming(data), []);
}

/** Processes that were told of this folder. */
const processesNaming = (folder: string): string[] =>
  readdirSync('/proc').filter((name) => /^\d+$/.test(name) && commandOf(name).includes(folder));

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
