import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tidyAtRest } from '../src/tidy.ts';

test('what is left in a heap is looked for when nothing has stirred for a while, and again after the next rest', async () => {
  let times = 0;
  let tidied = Promise.withResolvers<void>();
  const gc = (): void => {
    times += 1;
    tidied.resolve();
  };
  const stir = tidyAtRest({ afterMs: 20, gc: gc as NonNullable<typeof globalThis.gc> });
  const awake = setInterval(() => {}, 1_000);
  stir();
  await tidied.promise;
  assert.equal(times, 1);
  tidied = Promise.withResolvers();
  stir();
  await tidied.promise;
  assert.equal(times, 2);
  clearInterval(awake);
});

test('a process that was not started for it is left alone', () => {
  assert.equal(globalThis.gc, undefined);
  tidyAtRest()();
});
