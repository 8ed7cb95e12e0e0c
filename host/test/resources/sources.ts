import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { MachineSnapshot, MonitorSource } from '../../src/resources/index.ts';

/** What whoever measures must keep to, so that nobody above has to ask who it is. */
export function conformance(
  who: string,
  open: (t: TestContext) => MonitorSource | Promise<MonitorSource>,
): void {
  test(`${who}: amounts are bytes that make sense together`, async (t) => {
    const snapshot = await (await open(t)).snapshot();
    checkSnapshot(snapshot);
    assert.ok(snapshot.memory.total > 64 * 1024 * 1024, 'bytes, not megabytes');
    assert.ok(snapshot.cpu.cores >= 1);
  });

  test(`${who}: looks at once are answered, and a later one is not older`, async (t) => {
    const source = await open(t);
    const [first, second] = await Promise.all([source.snapshot(), source.snapshot()]);
    const third = await source.snapshot();
    for (const snapshot of [first, second, third]) checkSnapshot(snapshot);
    assert.ok(third.atMs >= Math.min(first.atMs, second.atMs));
  });

  test(`${who}: it has a name for people`, async (t) => {
    assert.match((await open(t)).name, /\S/);
  });
}

export function checkSnapshot({ atMs, cpu, memory, disks, gpus, problems }: MachineSnapshot): void {
  assert.ok(atMs > 0 && atMs <= performance.now());
  assert.ok(Number.isInteger(cpu.cores) && cpu.cores >= 1);
  if (cpu.busyPercent !== null) assert.ok(cpu.busyPercent >= 0 && cpu.busyPercent <= 100);
  assert.ok(memory.available >= 0 && memory.available <= memory.total);
  for (const { total, available } of disks) assert.ok(available >= 0 && available <= total);
  const indexes = gpus.map(({ index }) => index);
  assert.equal(new Set(indexes).size, indexes.length, 'a device is named once');
  for (const { total, used, busyPercent, processes } of gpus) {
    assert.ok(Number.isInteger(total) && total > 0);
    assert.ok(Number.isInteger(used) && used >= 0);
    if (busyPercent !== null) assert.ok(busyPercent >= 0 && busyPercent <= 100);
    for (const { pid, bytes } of processes ?? []) {
      assert.ok(Number.isInteger(pid) && pid > 0);
      assert.ok(Number.isInteger(bytes) && bytes >= 0);
    }
  }
  for (const problem of problems) assert.match(problem, /\S/);
}
