import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  empty,
  latestResults,
  type MeasuredFigure,
  merge,
  type Run,
  thisMachine,
  writeWhole,
} from '../results.ts';

const run = (id: string): Run => ({
  id,
  command: 'npm run bench',
  size: 'full',
  seconds: 1,
  commit: 'abc',
  dirty: false,
  machine: thisMachine(),
  topics: {},
  systems: {},
});

const figure = (id: string, of: string, value: number): MeasuredFigure => ({
  id,
  what: id,
  unit: 'ms',
  sides: { capstan: { rounds: [value] } },
  topic: 'queue',
  run: of,
  load: 0,
});

test('a figure measured again takes the place of the older one, and keeps the run it came from', () => {
  const first = merge(empty, run('one'), [figure('a', 'one', 1), figure('b', 'one', 1)]);
  const second = merge(first, run('two'), [figure('b', 'two', 2)]);
  assert.deepEqual(
    second.figures.map(({ id, run: of }) => `${id} of ${of}`),
    ['a of one', 'b of two'],
  );
  assert.deepEqual(
    second.runs.map(({ id }) => id),
    ['one', 'two'],
  );
});

test('a run whose every figure was measured again is forgotten', () => {
  const first = merge(empty, run('one'), [figure('a', 'one', 1)]);
  const second = merge(first, run('two'), [figure('a', 'two', 2)]);
  assert.deepEqual(
    second.runs.map(({ id }) => id),
    ['two'],
  );
});

test('the latest day is found among quick runs and the pages of other programs', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-results-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  assert.equal(latestResults(join(folder, 'none')), null);
  for (const name of ['2026-01-02', '2026-01-10', '2026-01-11-quick', '2026-02-01-campaign']) {
    writeWhole(join(folder, `${name}.json`), JSON.stringify({ ...empty, version: name }));
  }
  assert.equal(latestResults(folder)?.path, join(folder, '2026-01-10.json'));
});
