import assert from 'node:assert/strict';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { cjmSubstrate, startDriver } from '../systems/cjm-substrate/index.ts';
import { install, newest } from '../systems/cjm-substrate/install.ts';
import { systemsFolder } from '../systems/folder.ts';

const data = mkdtempSync(join(tmpdir(), 'capstan-bench-cjm-'));
after(() => rmSync(data, { recursive: true, force: true }));

test('the published package does the work beside us, and tells what it cost it', async (t) => {
  const entry = cjmSubstrate({ kindest: false });
  const cache = systemsFolder('cjm-substrate');
  const system = await entry.open({ cache, data: mkdtempSync(join(data, 'shipped-')), say() {} });
  t.after(() => system.close());
  assert.match(system.version, new RegExp(`^${newest} on Python 3\\.1[1-9]`));
  for (const ability of entry.abilities) assert.ok(system[ability] !== undefined, ability);

  const job = await system.oneJob!(5);
  assert.ok(job.wall > 1_000 && job.wall < 2_000_000, `${job.wall} µs for a job`);
  assert.ok((job.cpuMicros ?? 0) > 1_000, `${job.cpuMicros} µs of processor time for a job`);
  const burst = await system.burst!(10, 8);
  assert.ok(burst.wall > 0.5 && burst.wall < 2_000, `${burst.wall} jobs a second`);
  const chain = await system.chain!(5);
  assert.ok(chain.wall > 5 && chain.wall < 10_000, `${chain.wall} ms for a chain`);
  const call = await system.call!(100, 5);
  assert.ok(call.wall > 300 && call.wall < job.wall * 10, `${call.wall} µs for a call`);
  const stream = await system.stream!(50, 100);
  assert.ok(stream.firstMs > 1 && stream.firstMs < 10_000, `${stream.firstMs} ms to a chunk`);
  for (let n = 0; n < 2; n++) {
    // oxlint-disable-next-line no-await-in-loop -- the second is no answer to the first
    const cancel = await system.cancel!('cooperative');
    assert.ok(cancel.wall < 2_900, `${cancel.wall} ms, so that it was forced`);
    assert.ok(cancel.stallMs > 0 && cancel.stallMs < cancel.wall, `${cancel.stallMs} ms away`);
  }
  const row = await system.journalAppend!(100);
  assert.ok(row.wall > 5 && row.wall < 100_000, `${row.wall} µs for a row`);
});

test('its workers end with its driver, however that ends', async () => {
  const python = await install(systemsFolder('cjm-substrate'), newest, () => {});
  const started = async (name: string) => {
    const asked = startDriver(python, mkdtempSync(join(data, name)), true);
    await asked.ask({ do: 'one_job', count: 1 });
    const workers = childrenOf(asked.pid);
    assert.equal(workers.length, 1);
    return { asked, workers };
  };
  const [closed, killed] = await Promise.all([started('closed-'), started('killed-')]);
  await closed.asked.close();
  await untilGone(closed.workers);
  process.kill(killed.asked.pid, 'SIGKILL');
  await untilGone(killed.workers);
});

const childrenOf = (pid: number): number[] =>
  globSync(`/proc/${pid}/task/*/children`)
    .flatMap((path) => readFileSync(path, 'utf8').trim().split(' '))
    .filter(Boolean)
    .map(Number);

/** Nobody here is their parent: they are gone, or zombies until init has looked. */
async function untilGone(pids: readonly number[]): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop -- until it is so
  while (pids.some(isThere)) await pause(20);
}

function isThere(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
