import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Figure, isMet, ratioTo, speedTo } from '../measure/figure.ts';

const figure = (unit: Figure['unit'], ours: number[], theirs: number[]): Figure => ({
  id: 'queue.one',
  what: 'one job',
  unit,
  sides: { capstan: { rounds: ours }, 'cjm-substrate': { rounds: theirs } },
});

test('a ratio is the median of the ratios of rounds that were measured beside each other', () => {
  const ratio = ratioTo(figure('ms', [10, 20, 30], [1, 10, 10]), 'cjm-substrate');
  assert.deepEqual(ratio, { middle: 3, lowest: 2, highest: 10 });
});

test('rounds that a slow side sat out count for neither', () => {
  const ratio = ratioTo(figure('ms', [10, 1000, 1000], [5]), 'cjm-substrate');
  assert.deepEqual(ratio, { middle: 2, lowest: 2, highest: 2 });
});

test('faster is faster whichever way the unit points', () => {
  assert.equal(speedTo(figure('ms', [2], [20]), 'cjm-substrate')?.middle, 10);
  assert.equal(speedTo(figure('a second', [20], [2]), 'cjm-substrate')?.middle, 10);
});

test('a budget about a side that was not measured is neither met nor missed', () => {
  const one = figure('ms', [2], [20]);
  const source = 'architecture 7';
  assert.equal(isMet(one, { of: 'speed', to: 'cjm-substrate', atLeast: 10, source }), true);
  assert.equal(isMet(one, { of: 'speed', to: 'cjm-substrate', atLeast: 10.1, source }), false);
  assert.equal(isMet(one, { of: 'ratio', to: 'floor', atMost: 3, source }), null);
  assert.equal(isMet(one, { of: 'value', atMost: 1.9, source }), false);
});
