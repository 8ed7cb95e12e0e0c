import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, moment, priority } from '../../src/cli/options.ts';
import { parseDuration } from '../../src/cli/terminal/quantities.ts';
import { shellWord } from '../../src/cli/terminal/shell.ts';

const noon = Date.parse('2024-05-01T12:00:00.000Z');

test('a point in time is an ISO time, or so long ago', () => {
  assert.equal(moment('2h')(noon), '2024-05-01T10:00:00.000Z');
  assert.equal(moment('1d12h')(noon), '2024-04-30T00:00:00.000Z');
  assert.equal(moment('30m ago')(noon), '2024-05-01T11:30:00.000Z');
  assert.equal(moment('2024-04-01')(noon), '2024-04-01T00:00:00.000Z');
  assert.equal(moment('2024-04-01T03:00:00+02:00')(noon), '2024-04-01T01:00:00.000Z');
  for (const wrong of ['', '2', 'yesterday', '2024-13-01', 'h', '-2h']) {
    assert.throws(() => moment(wrong), /Write 2h, 30m or 7d ago/, wrong);
  }
});

test('longer ago than there were computers is the beginning, not an error', () => {
  assert.equal(moment('99999d')(noon), '1970-01-01T00:00:00.000Z');
});

test('days are durations too', () => {
  assert.equal(parseDuration('14d'), 14 * 86_400_000);
  assert.equal(parseDuration('1d12h'), 36 * 3_600_000);
});

test('sizes are read in decimal and in binary units', () => {
  assert.deepEqual(['64MiB', '500 kB', '1GB', '17', '1.5KiB'].map(bytes), [
    64 * 1024 * 1024,
    500_000,
    1e9,
    17,
    1536,
  ]);
  for (const wrong of ['', 'MB', '1 parsec', '-1']) assert.throws(() => bytes(wrong), /64MiB/);
});

test('a priority is a whole number up to a million', () => {
  assert.equal(priority('1000000'), 1_000_000);
  for (const wrong of ['-1', '1.5', '1000001', 'high']) assert.throws(() => priority(wrong));
});

test('a word that a shell would take apart is quoted', () => {
  assert.equal(shellWord('run_01k3q8w2c7x9f4bn5t'), 'run_01k3q8w2c7x9f4bn5t');
  assert.equal(shellWord("it's"), `'it'\\''s'`);
  assert.equal(shellWord('my label; rm -rf ~'), "'my label; rm -rf ~'");
  assert.equal(shellWord(''), "''");
});
