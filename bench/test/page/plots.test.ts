import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logAxis } from '../../page/plots/axis.ts';
import { pageOf } from '../../page/page.ts';
import { figure, nothingKnown, resultsOf } from './sample.ts';

/** The names of the elements in the order in which they begin; throws where tags do not match or text is not escaped. */
function parsed(svg: string): string[] {
  const open: string[] = [];
  const seen: string[] = [];
  const rest = svg.replaceAll(
    /<(\/?)([\w]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g,
    (_, end, name, attributes, empty) => {
      assert.doesNotMatch(String(attributes), /&(?!amp;|lt;|gt;|quot;)/);
      if (end === '/') assert.equal(open.pop(), name);
      else {
        seen.push(String(name));
        if (empty === '') open.push(String(name));
      }
      return '';
    },
  );
  assert.deepEqual(open, []);
  assert.doesNotMatch(rest, /[<>]|&(?!amp;|lt;|gt;|quot;)/);
  return seen;
}

const { plots } = pageOf(
  resultsOf(
    figure(
      'queue.burst',
      'a second',
      { capstan: [2_500, 2_700], bullmq: [1_500, 1_600], 'cjm-substrate': [17] },
      { what: '1,000 "jobs" & <more>' },
    ),
    figure('calls.warm', 'µs', { capstan: [120, 130], floor: [100, 101] }),
    figure(
      'calls.more',
      'µs',
      { capstan: [121, 133], floor: [100, 101] },
      { tenfold: 'calls.warm' },
    ),
  ),
  nothingKnown,
);

test('every plot is well-formed, whatever a figure is called', () => {
  assert.deepEqual(Object.keys(plots), ['speed.svg', 'jobs.svg', 'floor.svg', 'growth.svg']);
  for (const svg of Object.values(plots)) assert.equal(parsed(svg)[0], 'svg');
});

test('a plot has a title and a description for those who cannot see it', () => {
  for (const svg of Object.values(plots)) {
    assert.match(svg, /role="img" aria-labelledby="title description"/);
    assert.deepEqual(parsed(svg).slice(0, 3), ['svg', 'title', 'desc']);
    assert.match(svg, /<desc id="description">[^<]{40,}<\/desc>/);
  }
});

test('a plot names every side that has something in it, and shows every round', () => {
  const { 'jobs.svg': jobs = '', 'speed.svg': speed = '' } = plots;
  for (const name of ['Capstan', 'BullMQ', 'cjm-substrate'])
    assert.ok(jobs.includes(`>${name}</text>`));
  assert.ok(!jobs.includes('>Restate</text>'));
  assert.equal(jobs.match(/class="round/g)?.length, 5);
  assert.equal(speed.match(/class="round/g)?.length, 3);
  assert.ok(jobs.includes('1,000 &quot;jobs&quot; &amp; &lt;more&gt;'));
});

test('the axis holds every value between its ends, in the order of the values', () => {
  const values = [0.7, 1, 3, 40, 2_500];
  const { x, ticks } = logAxis(values, 100, 500);
  const places = values.map(x);
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
  assert.ok(places.every((place) => place > 100 && place < 500));
  assert.ok(ticks.filter(({ isLabelled }) => isLabelled).length >= 3);
  assert.ok(ticks.every(({ value }) => x(value) >= 99.9 && x(value) <= 500.1));
});
