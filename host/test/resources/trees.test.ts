import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type LiveProcess } from '../../src/resources/processes.ts';
import { TreeCpu, treesOf, vramOf } from '../../src/resources/trees.ts';

const process = (pid: number, more: Partial<LiveProcess> = {}): LiveProcess => ({
  pid,
  parentPid: 1,
  group: pid,
  startTicks: 0,
  cpuTicks: 0,
  reapedTicks: 0,
  rssPages: 1,
  ...more,
});

/** Any forest: each process has a parent that began before it, and its own group or that of one before it. */
const forest = fc
  .array(fc.tuple(fc.nat(), fc.nat(), fc.boolean()), { maxLength: 40 })
  .map((drawn) =>
    drawn.map(([parent, group, ownGroup], index) =>
      process(index + 2, {
        parentPid: (parent % (index + 1)) + 1,
        group: ownGroup ? index + 2 : (group % (index + 1)) + 1,
      }),
    ),
  );

test('a tree is the smallest set with the root and its group that holds the children of all its members', () => {
  fc.assert(
    fc.property(forest, fc.integer({ min: 2, max: 45 }), (all, root) => {
      const tree = treesOf([root], all).get(root) ?? [];
      const pids = new Set(tree.map(({ pid }) => pid));
      assert.equal(pids.size, tree.length, 'each once');
      for (const { pid, parentPid, group } of all) {
        const isFirst = pid === root || group === root || parentPid === root;
        const belongs = isFirst || pids.has(parentPid);
        assert.equal(pids.has(pid), belongs, `${pid}`);
      }
    }),
  );
});

test('all roots are served by one list, and one that is nowhere has an empty tree', () => {
  const all = [process(2), process(3, { parentPid: 2 }), process(4)];
  const trees = treesOf([2, 4, 99], all);
  assert.deepEqual(
    [...trees].map(([root, tree]) => [root, tree.map(({ pid }) => pid).toSorted((a, b) => a - b)]),
    [
      [2, [2, 3]],
      [4, [4]],
      [99, []],
    ],
  );
});

test('without devices nobody holds anything of one; where no device can tell, it is unknown', () => {
  const gpu = { name: '', total: 9, used: 5, busyPercent: null, isUnified: false } as const;
  const tree = [process(2), process(3)];
  assert.deepEqual(vramOf(tree, []), {});
  const silent = { ...gpu, index: 0, vendor: 'nvidia', processes: null } as const;
  assert.equal(vramOf(tree, [silent]), null);
  const held = [2, 3, 4].map((pid) => ({ pid, bytes: pid, command: null }));
  const telling = { ...gpu, index: 1, vendor: 'nvidia', processes: held } as const;
  assert.deepEqual(vramOf(tree, [silent, telling]), { 1: 5 });
});

test('time a child used passes to its parent when it ends, and is not counted twice', async () => {
  const cpu = new TreeCpu();
  const parent = process(2, { cpuTicks: 10 });
  const child = process(3, { parentPid: 2, cpuTicks: 5000 });
  assert.equal(cpu.percentOf(2, [parent, child]), 0);
  await new Promise((resolve) => setTimeout(resolve, 250));
  const percent = cpu.percentOf(2, [{ ...parent, reapedTicks: 5010 }]);
  assert.ok(percent <= 45, `${percent}: ten ticks in a quarter of a second, not five thousand`);
  assert.ok(percent > 0);
});

test('time that a process brings along from before it came into the tree is not the tree’s', async () => {
  const cpu = new TreeCpu();
  const root = process(2);
  cpu.percentOf(2, [root]);
  await new Promise((resolve) => setTimeout(resolve, 250));
  assert.equal(cpu.percentOf(2, [root, process(3, { cpuTicks: 90_000 })]), 0);
});
