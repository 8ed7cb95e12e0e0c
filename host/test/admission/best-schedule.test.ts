import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canBeDoneWithin } from './best-schedule.ts';

const pieces = (...all: [amount: number, ms: number][]) =>
  all.map(([amount, ms]) => ({ amount, ms }));

/** The shortest whole number of milliseconds that is enough. */
function shortest(of: ReturnType<typeof pieces>, devices: number, capacity: number): number {
  let ms = 0;
  while (!canBeDoneWithin(ms + 0.5, of, devices, capacity)) ms += 1;
  return ms;
}

test('the best schedule of pieces that can be seen through is found', () => {
  assert.equal(shortest(pieces([10, 5]), 1, 20), 5);
  assert.equal(shortest(pieces([10, 5], [10, 5], [10, 5]), 1, 20), 10);
  assert.equal(shortest(pieces([10, 5], [10, 5], [10, 5]), 2, 20), 5);
  // The long one has to begin at once, beside the short ones.
  assert.equal(shortest(pieces([10, 2], [10, 2], [10, 2], [10, 6]), 1, 20), 6);
  assert.equal(shortest(pieces([12, 4], [12, 4], [8, 4], [8, 4]), 1, 20), 8);
  // To leave room for a moment is better than to fill it.
  assert.equal(shortest(pieces([10, 1], [20, 3], [10, 4]), 1, 20), 7);
});

test('no schedule that begins whatever fits is shorter than the best', () => {
  const piece = fc.record({
    amount: fc.integer({ min: 1, max: 20 }),
    ms: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), (all) => {
      let nowMs = 0;
      let lastMs = 0;
      let waiting = all;
      let running: { amount: number; endMs: number }[] = [];
      while (waiting.length > 0) {
        const left: typeof all = [];
        for (const one of waiting) {
          const used = running.reduce((sum, { amount }) => sum + amount, 0);
          if (used + one.amount > 20) left.push(one);
          else running.push({ amount: one.amount, endMs: nowMs + one.ms });
        }
        waiting = left;
        lastMs = Math.max(lastMs, ...running.map(({ endMs }) => endMs));
        nowMs = Math.min(...running.map(({ endMs }) => endMs));
        running = running.filter(({ endMs }) => endMs > nowMs);
      }
      assert.ok(shortest(all, 1, 20) <= lastMs);
    }),
  );
});
