import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type NodeState, type Repetition, reusable } from '../../src/kernel/index.ts';

const repetition = (
  needs: { [nodeId: string]: string[] },
  before: { [nodeId: string]: NodeState },
  more: { stale?: { [nodeId: string]: string }; from?: string } = {},
): Repetition => ({
  nodes: Object.entries(needs).map(([nodeId, needed]) => ({ nodeId, needs: needed })),
  before: new Map(Object.entries(before)),
  stale: new Map(Object.entries(more.stale ?? {})),
  from: more.from ?? null,
});

const diamond = { a: [], b: ['a'], c: ['a'], d: ['b', 'c'] };
const done: { [nodeId: string]: NodeState } = {
  a: 'completed',
  b: 'completed',
  c: 'completed',
  d: 'completed',
};

test('what had completed is kept, and what had not runs again', () => {
  const before = { ...done, c: 'failed', d: 'skipped' } as const;
  assert.deepEqual(reusable(repetition(diamond, before)), { reused: ['a', 'b'], again: [] });
});

test('from a node on, it and all that rests on it run again', () => {
  assert.deepEqual(reusable(repetition(diamond, done, { from: 'b' })), {
    reused: ['a', 'c'],
    again: [
      { nodeId: 'b', because: 'it was asked for' },
      { nodeId: 'd', because: 'b runs again' },
    ],
  });
});

test('a result that cannot stand takes those made from it with it', () => {
  const { reused, again } = reusable(
    repetition(diamond, done, { stale: { a: 'its file is gone' } }),
  );
  assert.deepEqual(reused, []);
  assert.deepEqual(again[0], { nodeId: 'a', because: 'its file is gone' });
});

test('a node that completed behind one that is new runs again', () => {
  const { a: _, ...before } = done;
  assert.deepEqual(reusable(repetition(diamond, before)).reused, []);
});

test('a chain of 50,000 nodes is no deeper than one', () => {
  const nodes = Array.from({ length: 50_000 }, (_, n) => ({
    nodeId: `n${n}`,
    needs: n === 0 ? [] : [`n${n - 1}`],
  }));
  const before = new Map(nodes.map(({ nodeId }) => [nodeId, 'completed' as const]));
  const { reused } = reusable({ nodes, before, stale: new Map(), from: 'n25000' });
  assert.equal(reused.length, 25_000);
});

const states: NodeState[] = [
  'completed',
  'completed',
  'completed',
  'failed',
  'cancelled',
  'skipped',
];

/** Any graph without circles, its nodes in any order, of which any part had completed or is stale. */
const worlds = fc
  .integer({ min: 1, max: 14 })
  .chain((size) =>
    fc.record({
      needs: fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: size, maxLength: size }),
      order: fc.shuffledSubarray([...Array(size).keys()], { minLength: size, maxLength: size }),
      ends: fc.array(fc.option(fc.constantFrom(...states)), { minLength: size, maxLength: size }),
      stale: fc.subarray([...Array(size).keys()]),
      from: fc.option(fc.nat(size - 1)),
    }),
  )
  .map(
    ({ needs, order, ends, stale, from }): Repetition => ({
      nodes: order.map((n) => ({
        nodeId: `n${n}`,
        needs: n === 0 ? [] : [...new Set((needs[n] ?? []).map((need) => `n${need % n}`))],
      })),
      before: new Map(
        ends.flatMap((end, n) =>
          end === null ? [] : [[`n${n}`, end] satisfies [string, NodeState]],
        ),
      ),
      stale: new Map(stale.map((n) => [`n${n}`, 'stale'])),
      from: from === null ? null : `n${from}`,
    }),
  );

test('a node is kept if and only if it had completed, can stand, and all it needs is kept', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const kept = new Set(reusable(world).reused);
      for (const { nodeId, needs } of world.nodes) {
        const mayStand =
          world.before.get(nodeId) === 'completed' &&
          !world.stale.has(nodeId) &&
          nodeId !== world.from;
        assert.equal(kept.has(nodeId), mayStand && needs.every((need) => kept.has(need)), nodeId);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('every node that had completed is either kept or said why not', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const { reused, again } = reusable(world);
      const told = [...reused, ...again.map(({ nodeId }) => nodeId)].toSorted();
      const ids = world.nodes.map(({ nodeId }) => nodeId);
      const had = ids.filter((nodeId) => world.before.get(nodeId) === 'completed').toSorted();
      assert.deepEqual(told, had);
    }),
  );
});

test('the order of the nodes changes nothing, and neither does asking again', () => {
  fc.assert(
    fc.property(worlds, fc.nat(), (world, turn) => {
      const first = reusable(world);
      const at = turn % world.nodes.length;
      const nodes = [...world.nodes.slice(at), ...world.nodes.slice(0, at)].toReversed();
      const other = reusable({ ...world, nodes });
      assert.deepEqual(other.reused.toSorted(), first.reused.toSorted());
      assert.deepEqual(
        new Map(other.again.map((one) => [one.nodeId, one.because])),
        new Map(first.again.map((one) => [one.nodeId, one.because])),
      );
      // A repetition of the repetition, none of whose other nodes has run, keeps the same.
      const before = new Map(first.reused.map((nodeId) => [nodeId, 'completed' as const]));
      assert.deepEqual(reusable({ ...world, before }).reused, first.reused);
    }),
  );
});
