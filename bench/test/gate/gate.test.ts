import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bounds } from '../../gate/bounds.ts';
import { cpuRatio } from '../../gate/cpu-ratio.ts';
import { hold } from '../../gate/hold.ts';
import { runGate } from '../../gate/run-gate.ts';

/** A subject that costs this much in each try, and the last for ever. */
const costing = (name: string, atMost: number, ...ratios: number[]) => {
  let made = 0;
  return {
    name,
    atMost,
    measure: () => Promise.resolve(ratios[Math.min(made++, ratios.length - 1)] ?? Number.NaN),
    made: () => made,
  };
};

test('what is over its bound in three tries is broken, and the best try is told', async () => {
  const slowed = costing('slowed', 2, 5, 3, 4);
  const [verdict] = await hold([slowed]);
  assert.deepEqual(verdict, {
    name: 'slowed',
    atMost: 2,
    tries: [5, 3, 4],
    best: 3,
    isKept: false,
  });
});

test('what is slow in one try only is kept', async () => {
  const disturbed = costing('disturbed', 2, 9, 1.5);
  const [verdict] = await hold([disturbed]);
  assert.deepEqual([verdict?.isKept, verdict?.tries], [true, [9, 1.5]]);
});

test('what is kept at once is not measured again while others are', async () => {
  const kept = costing('kept', 2, 1);
  const broken = costing('broken', 2, 3);
  await hold([kept, broken]);
  assert.deepEqual([kept.made(), broken.made()], [1, 3]);
});

test('a ratio that is no number keeps no bound', async () => {
  const [verdict] = await hold([costing('nothing', 2, Number.NaN)]);
  assert.equal(verdict?.isKept, false);
});

/** Some work of the processor, so often. */
const work = (times: number) => (): void => {
  let text = 'x';
  for (let n = 0; n < times * 40; n++)
    text = JSON.stringify(JSON.parse(JSON.stringify({ text, n: [n, n + 1] }))).slice(0, 20);
};

test('a subject made eight times as dear is caught by its processor time, with the command that profiles it', async () => {
  const lines: string[] = [];
  const subject = (times: number) => ({
    what: 'some work, beside the same work',
    measure: () => cpuRatio({ act: work(times), count: 25 }, { act: work(1), count: 25 }),
    measured: 1,
    since: '2026-11-22',
    atMost: 3,
  });
  const place = () => ({
    folder: '',
    worker: () => Promise.reject(new Error('nobody asks for one')),
  });
  const isKept = await runGate({ slowed: subject(8), same: subject(1) }, place, (line) =>
    lines.push(line),
  );
  const told = lines.join('\n');
  assert.equal(isKept, false);
  assert.match(told, /slowed .*over its bound, try 3 of 3/);
  assert.match(
    told,
    /slowed costs [\d.]+ at best of 3 tries, [\d.]+ x its bound of 3; it was 1 on 2026-11-22/,
  );
  assert.match(told, /node --cpu-prof .*bench\/gate\.ts --only slowed/);
  assert.match(told, /1 of 2 bounds are kept/);
});

test('every bound leaves room for noise, and none so much that nothing could break it', () => {
  for (const [name, { atMost, measured }] of Object.entries(bounds)) {
    assert.ok(atMost >= 1.5 * measured && atMost <= 4 * measured, name);
  }
});
