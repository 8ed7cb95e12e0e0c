import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageOf } from '../../page/page.ts';
import { figure, nothingKnown, resultsOf } from './sample.ts';

const atMost = (limit: number) => [
  { source: 'architecture 7', of: 'ratio', to: 'floor', atMost: limit } as const,
];
const ours = figure(
  'queue.ours',
  'µs',
  { capstan: [1] },
  {
    budgets: [{ source: 'the queue', of: 'value', atMost: 2 }],
  },
);
const missing = figure(
  'calls.slow',
  'µs',
  { capstan: [300, 330], floor: [100, 110] },
  { budgets: atMost(1.5), floor: 'a bare round trip' },
);
const meeting = figure(
  'calls.fast',
  'µs',
  { capstan: [120, 121], floor: [100, 101] },
  { budgets: atMost(1.5) },
);

test('a missed budget that nobody has explained is told loudly, and is a problem', () => {
  const { markdown, problems } = pageOf(resultsOf(missing), nothingKnown);
  assert.match(markdown, /\*\*MISSED: 3\.00 x\*\*/);
  assert.match(
    markdown,
    /3\.00 x where ≤ 1\.5 x the floor is asked\. \*\*Nobody has said why\.\*\*/,
  );
  assert.deepEqual(problems, [
    'calls.slow misses its budget, and bench/page/missed.ts does not say why',
  ]);
});

test('a missed budget with its reason and the next idea is told, and is no problem', () => {
  const explained = { 'calls.slow': { reason: 'It sleeps.', next: 'wake it.' } };
  const { markdown, problems, remarks } = pageOf(resultsOf(missing), {
    ...nothingKnown,
    missed: explained,
  });
  assert.match(markdown, /It sleeps\. \*Next:\* wake it\./);
  assert.deepEqual([problems, remarks], [[], []]);
});

test('an explanation of what is met again is a remark', () => {
  const explained = { 'calls.fast': { reason: 'It slept.', next: 'nothing.' } };
  const { markdown, problems, remarks } = pageOf(resultsOf(meeting), {
    ...nothingKnown,
    missed: explained,
  });
  assert.match(markdown, /met again.*`calls\.fast`/);
  assert.deepEqual(problems, []);
  assert.equal(remarks.length, 1);
});

test('a budget beside a side that was not there is told to be unjudged, not met', () => {
  const beside = { source: 'architecture 7', of: 'speed', to: 'bullmq', atLeast: 1 } as const;
  const { markdown, problems } = pageOf(
    resultsOf(figure('queue.burst', 'a second', { capstan: [9] }, { budgets: [beside] })),
    nothingKnown,
  );
  assert.match(markdown, /\*\*0 of 1 budgets are met, none is missed\*\*; 1 could not be judged/);
  assert.match(markdown, /ahead of BullMQ \| not measured/);
  assert.deepEqual(problems, []);
});

test('the design’s promises stand first and in its order, those that nothing was measured of too', () => {
  const { markdown } = pageOf(resultsOf(missing, meeting, ours), {
    ...nothingKnown,
    promises: [
      { what: 'a restart', of: /^recovery/ },
      { what: 'a call', of: /^calls\.f/ },
    ],
  });
  const places = ['a restart: **not measured', '[what calls.fast is]', 'Budgets beyond'].map(
    (text) => markdown.indexOf(text),
  );
  assert.ok(!places.includes(-1));
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
});

test('every figure stands in the tables of the topics once', () => {
  const figures = [
    missing,
    meeting,
    figure('queue.one', 'ms', { capstan: [1] }),
    figure('new.topic', 'MB', { capstan: [1] }),
  ];
  const { markdown } = pageOf(resultsOf(...figures), nothingKnown);
  const anchors = Array.from(markdown.matchAll(/<a id="([^"]+)">/g), ([, id]) => id);
  assert.equal(anchors.length, figures.length);
  assert.deepEqual(
    new Set(anchors),
    new Set(['calls-fast', 'calls-slow', 'new-topic', 'queue-one']),
  );
  const links = Array.from(markdown.matchAll(/\]\(#([^)]+)\)/g), ([, id]) => id ?? '');
  assert.deepEqual(
    links.filter((id) => !anchors.includes(id)),
    [],
  );
});

test('a system that was not there gets a sentence, and so does what one cannot do', () => {
  const { markdown } = pageOf(resultsOf(missing), nothingKnown);
  assert.match(markdown, /Restate \|.*\*\*all of it\*\*: this machine has no restate-server/);
  assert.match(markdown, /\*one job, chains\*: it was too tired/);
});

test('a side that failed says so where its number would stand', () => {
  const failed = figure('queue.one', 'ms', { capstan: [1, 1], bullmq: [] });
  const told = {
    ...failed,
    sides: { ...failed.sides, bullmq: { rounds: [], note: 'bullmq ended: no redis' } },
  };
  const { markdown } = pageOf(resultsOf(told), nothingKnown);
  assert.match(markdown, /not measured: bullmq ended: no redis/);
});

test('what grows with ten times the work is told as a factor, of rates as time for one act', () => {
  const { markdown, plots } = pageOf(
    resultsOf(
      figure('queue.k1', 'a second', { capstan: [1_000, 1_000] }, { what: '1,000 jobs, at once' }),
      figure(
        'queue.k10',
        'a second',
        { capstan: [500, 500] },
        { what: '10,000 jobs, at once', tenfold: 'queue.k1' },
      ),
    ),
    nothingKnown,
  );
  assert.match(
    markdown,
    /1,000 → 10,000 jobs, at once\]\(#queue-k10\) \| 1,000\/s \| 500\/s \| 2\.00 x/,
  );
  assert.match(plots['growth.svg'] ?? '', /1,000 → 10,000 jobs/);
});

test('the top says what, where, when and how in three paragraphs', () => {
  const { markdown } = pageOf(resultsOf(meeting), nothingKnown);
  const top = markdown.slice(0, markdown.indexOf('## Budgets'));
  assert.match(top, /on 2026-11-22 on 2 x Some Processor/);
  assert.match(top, /commit 0123456789ab/);
  assert.match(top, /`npm ci && npm run bench`/);
  assert.ok(top.trim().split('\n\n').length <= 3);
});

test('nothing measured yet is a page too', () => {
  const { markdown } = pageOf({ version: 1, runs: [], figures: [] }, nothingKnown);
  assert.match(markdown, /Nothing has been measured yet/);
});
