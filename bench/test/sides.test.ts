import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inTurn, SideFailed } from '../measure/sides.ts';

const at = (wall: number) => Promise.resolve({ wall });

test('sides are measured in turn, and the first round of each is thrown away', async () => {
  const order: string[] = [];
  const side = (name: string) => () => at(order.push(name));
  const { a, b } = await inTurn({ a: side('a'), b: side('b') }, { rounds: 2 });
  assert.deepEqual(order, ['a', 'b', 'a', 'b', 'a', 'b']);
  assert.deepEqual(a.rounds, [3, 5]);
  assert.deepEqual(b.rounds, [4, 6]);
});

test('a side that has used its time sits the rest out and says so', async () => {
  const slow = async () => {
    const until = performance.now() + 30;
    while (performance.now() < until) await Promise.resolve();
    return { wall: 30 };
  };
  const { quick, slow: slowly } = await inTurn(
    { quick: () => at(1), slow },
    { rounds: 5, secondsEach: 0.05 },
  );
  assert.equal(quick.rounds.length, 5);
  assert.deepEqual(slowly.rounds, [30, 30], 'the round that would have been thrown away counts');
  assert.equal(slowly.note, '2 of 5 rounds: it is slow');
});

test('a system that fails ends its own side only, with the reason', async () => {
  let left = 2;
  const fails = () =>
    left-- > 0 ? at(1) : Promise.reject(new SideFailed('bullmq ended: no memory'));
  const { ours, theirs } = await inTurn({ ours: () => at(2), theirs: fails }, { rounds: 3 });
  assert.deepEqual(ours.rounds, [2, 2, 2]);
  assert.deepEqual(theirs.rounds, [1]);
  assert.equal(theirs.note, 'bullmq ended: no memory');
});

test('a failure of our own is no side that is missing', async () => {
  const broken = () => Promise.reject(new Error('the job ended failed'));
  await assert.rejects(inTurn({ capstan: broken }, { rounds: 1 }), /the job ended failed/);
});
