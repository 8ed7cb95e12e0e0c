import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  advanceRun,
  isFinal,
  type NodeState,
  type RunPlan,
  RunProgress,
  type RunState,
} from '../../src/kernel/index.ts';

const plan = (nodes: { [nodeId: string]: string[] }, failFast = true): RunPlan => ({
  failFast,
  nodes: Object.entries(nodes).map(([nodeId, needs]) => ({ nodeId, needs })),
});
const states = (of: { [nodeId: string]: NodeState }) => new Map(Object.entries(of));

test('nodes are ready when all they need is completed', () => {
  const diamond = plan({ a: [], b: ['a'], c: ['a'], d: ['b', 'c'] });
  assert.deepEqual(advanceRun(diamond, new Map(), false).ready, ['a']);
  const half = states({ a: 'completed', b: 'completed', c: 'running', d: 'waiting' });
  assert.deepEqual(advanceRun(diamond, half, false).ready, []);
  const whole = states({ a: 'completed', b: 'completed', c: 'completed', d: 'waiting' });
  assert.deepEqual(advanceRun(diamond, whole, false).ready, ['d']);
});

test('a run without nodes is completed at once', () => {
  assert.equal(advanceRun(plan({}), new Map(), false).finished, 'completed');
});

test('what depends on a failure is skipped, and so is what depends on that', () => {
  const chain = plan({ a: [], b: ['a'], c: ['b'] });
  const step = advanceRun(chain, states({ a: 'failed', b: 'waiting', c: 'waiting' }), false);
  assert.deepEqual(step.skipped, [
    { nodeId: 'b', because: 'a' },
    { nodeId: 'c', because: 'b' },
  ]);
  assert.equal(step.finished, 'failed');
});

test('under failFast a failure cancels what has not begun and lets what runs finish', () => {
  const three = plan({ bad: [], slow: [], next: ['slow'], queued: [] });
  const now = states({ bad: 'failed', slow: 'running', next: 'waiting', queued: 'pending' });
  const step = advanceRun(three, now, false);
  assert.deepEqual(step.cancelWaiting, ['next']);
  assert.deepEqual(step.cancelPending, ['queued']);
  assert.equal(step.finished, undefined);
});

test('without failFast the rest goes on, and the run is completed', () => {
  const two = plan({ bad: [], good: [] }, false);
  const step = advanceRun(two, states({ bad: 'failed', good: 'pending' }), false);
  assert.deepEqual(step.cancelPending, []);
  const end = advanceRun(two, states({ bad: 'failed', good: 'completed' }), false);
  assert.equal(end.finished, 'completed');
});

test('a node that was cancelled by itself makes the run cancelled', () => {
  const two = plan({ a: [], b: ['a'], c: [] });
  const step = advanceRun(two, states({ a: 'cancelled', b: 'waiting', c: 'completed' }), false);
  assert.deepEqual(step.skipped, [{ nodeId: 'b', because: 'a' }]);
  assert.equal(step.finished, 'cancelled');
});

test('a cancel of the run outweighs a failure in it', () => {
  const step = advanceRun(plan({ a: [], b: [] }), states({ a: 'failed', b: 'waiting' }), true);
  assert.equal(step.finished, 'cancelled');
});

test('a node that needs a decision keeps its run open, unless the run is cancelled', () => {
  const two = plan({ a: [], b: ['a'] });
  const parked = states({ a: 'needs_decision', b: 'waiting' });
  const waiting = advanceRun(two, parked, false);
  assert.deepEqual([waiting.ready, waiting.skipped, waiting.finished], [[], [], undefined]);
  const cancelled = advanceRun(two, parked, true);
  assert.deepEqual(cancelled.cancelPending, ['a']);
  assert.equal(cancelled.finished, 'cancelled');
});

/** Nodes in shuffled order, each needing some of those numbered below it: no cycle, any other shape. */
const dags = fc
  .integer({ min: 1, max: 14 })
  .chain((size) =>
    fc.record({
      needs: fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: size, maxLength: size }),
      order: fc.shuffledSubarray([...Array(size).keys()], { minLength: size, maxLength: size }),
      failFast: fc.boolean(),
    }),
  )
  .map(({ needs, order, failFast }) => ({
    failFast,
    nodes: order.map((n) => ({
      nodeId: `n${n}`,
      needs: n === 0 ? [] : [...new Set((needs[n] ?? []).map((need) => `n${need % n}`))],
    })),
  }));

const fates = fc.infiniteStream(
  fc.record({
    pick: fc.nat(),
    act: fc.constantFrom<'start' | NodeState | 'cancelRun'>(
      'start',
      'start',
      'start',
      'completed',
      'completed',
      'completed',
      'completed',
      'failed',
      'cancelled',
      'needs_decision',
      'cancelRun',
    ),
  }),
);

type Fate = { pick: number; act: 'start' | NodeState | 'cancelRun' };

/** Drives a run as the store does, checking each step; returns its end and that of every node. */
function drive(
  of: RunPlan,
  stream: Iterator<Fate>,
): { finished: RunState; now: Map<string, NodeState> } {
  const now = new Map<string, NodeState>(of.nodes.map(({ nodeId }) => [nodeId, 'waiting']));
  const needs = new Map(of.nodes.map((node) => [node.nodeId, node.needs]));
  let isCancelled = false;
  const progress = new RunProgress(of, now);
  const move = (nodeId: string, to: NodeState): void => {
    const from = now.get(nodeId) ?? 'waiting';
    assert.ok(!isFinal(from), `${nodeId} ends once, not as ${from} and then ${to}`);
    now.set(nodeId, to);
    progress.set(nodeId, to);
  };
  const befall = ({ pick, act }: Fate): void => {
    if (act === 'cancelRun') isCancelled ||= pick % 4 === 0;
    const from: readonly NodeState[] =
      act === 'start' ? ['pending'] : ['running', 'needs_decision'];
    const open = [...now.keys()].filter((nodeId) => from.includes(now.get(nodeId) ?? 'waiting'));
    const nodeId = open[pick % open.length];
    if (nodeId !== undefined && act !== 'cancelRun')
      move(nodeId, act === 'start' ? 'running' : act);
  };
  for (let steps = 0; steps < 2_000; steps++) {
    const step = advanceRun(of, now, isCancelled);
    assert.deepEqual(advanceRun(of, now, isCancelled), step, 'same inputs, same decision');
    assert.deepEqual(progress.advance(isCancelled), step, 'what is remembered decides the same');
    assert.deepEqual(progress.states, now);
    for (const { nodeId } of step.skipped) move(nodeId, 'skipped');
    for (const nodeId of [...step.cancelWaiting, ...step.cancelPending]) move(nodeId, 'cancelled');
    for (const nodeId of step.ready) {
      for (const need of needs.get(nodeId) ?? []) assert.equal(now.get(need), 'completed');
      move(nodeId, 'pending');
    }
    if (step.finished !== undefined) return { finished: step.finished, now };
    // A recovery ends several attempts before anybody asks what that means for the run.
    for (let together = 1 + (steps % 3); together > 0; together--) befall(stream.next().value);
  }
  assert.fail('the run does not end');
}

test('every run ends with each node ended once, and says how by the rules', () => {
  fc.assert(
    fc.property(dags, fates, (of, stream) => {
      const { finished, now } = drive(of, stream[Symbol.iterator]());
      const ends = new Set(now.values());
      for (const state of ends) assert.ok(isFinal(state));
      if (finished === 'completed' && of.failFast) assert.deepEqual([...ends], ['completed']);
      if (finished === 'failed') assert.ok(of.failFast && ends.has('failed'));
    }),
    { numRuns: 500 },
  );
});
