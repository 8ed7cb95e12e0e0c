import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Output } from '../../src/cli/io.ts';
import { LiveArea } from '../../src/cli/terminal/live.ts';
import { oneLine, plain } from '../../src/cli/terminal/plain.ts';
import { age, duration, parseDuration, size } from '../../src/cli/terminal/quantities.ts';
import { speaksUnicode, styleFor, wantsColor, wantsMotion } from '../../src/cli/terminal/style.ts';
import { table } from '../../src/cli/terminal/table.ts';
import { truncate, widthOf } from '../../src/cli/terminal/width.ts';
import { fakeOutput } from './fake-io.ts';

test('durations are short and keep their width', () => {
  const cases: [number, string][] = [
    [0, '0.0s'],
    [-5, '0.0s'],
    [449, '0.4s'],
    [59_949, '59.9s'],
    [59_950, '1m 00s'],
    [65_000, '1m 05s'],
    [3_599_400, '59m 59s'],
    [3_599_600, '1h 00m'],
    [7_380_000, '2h 03m'],
  ];
  for (const [given, text] of cases) assert.equal(duration(given), text, String(given));
});

test('ages are told in the largest unit that fits', () => {
  const now = Date.parse('2024-05-01T12:00:00Z');
  assert.equal(age('2024-05-01T12:00:00Z', now), 'now');
  assert.equal(age('2024-05-01T12:00:05Z', now), 'now');
  assert.equal(age('2024-05-01T11:59:48Z', now), '12s ago');
  assert.equal(age('2024-05-01T11:00:01Z', now), '59m ago');
  assert.equal(age('2024-04-29T12:00:00Z', now), '2d ago');
  assert.equal(age('never', now), '-');
});

test('sizes use decimal units', () => {
  assert.deepEqual([0, 999, 1000, 12_345, 999_600, 1_500_000_000].map(size), [
    '0 B',
    '999 B',
    '1.0 kB',
    '12 kB',
    '1.0 MB',
    '1.5 GB',
  ]);
});

test('a duration is a number with a unit, several of them, or bare seconds', () => {
  assert.deepEqual(
    ['500ms', '30s', '5m', '1h30m', '2', '1.5s'].map(parseDuration),
    [500, 30_000, 300_000, 5_400_000, 2000, 1500],
  );
  for (const wrong of ['', 'soon', '5 m', '-3s', '5x', 's'])
    assert.equal(parseDuration(wrong), null, wrong);
});

test('wide characters take two columns, combined ones none of their own', () => {
  assert.equal(widthOf('abc'), 3);
  assert.equal(widthOf('音声'), 4);
  assert.equal(widthOf('e\u0301'), 1);
  assert.equal(widthOf('👩‍👩‍👧'), 2);
  assert.equal(widthOf('✔ ok'), 4);
});

test('a cut text fits, is marked, and never splits a character', () => {
  assert.equal(truncate('abcdef', 6), 'abcdef');
  assert.equal(truncate('abcdef', 4), 'abc…');
  assert.equal(truncate('音声認識', 5), '音声…');
  assert.equal(truncate('音声認識', 6), '音声…');
  assert.equal(truncate('abc', 0), '');
});

test('text of a tool loses what would act on a terminal and keeps its lines', () => {
  assert.equal(plain('\u001b[1mbold\u001b[0m\tx\r\ny\u0000\u0007\u009b'), 'bold\tx\ny');
  assert.equal(plain('\u001b]8;;http://x\u0007link\u001b]8;;\u0007'), 'link');
  assert.equal(plain('a\u202eb'), 'ab');
  assert.equal(oneLine('  one\n  two\r three '), 'one two three');
});

const pipe: Output = fakeOutput({ isTTY: false });
const terminal: Output = fakeOutput({ isTTY: true });

test('colour follows the flag, then FORCE_COLOR, NO_COLOR and TERM, then the terminal', () => {
  const cases: [boolean, { [name: string]: string }, Output, boolean][] = [
    [true, {}, terminal, true],
    [true, {}, pipe, false],
    [false, { FORCE_COLOR: '1' }, terminal, false],
    [true, { FORCE_COLOR: '1', NO_COLOR: '1' }, pipe, true],
    [true, { FORCE_COLOR: '0' }, terminal, false],
    [true, { NO_COLOR: '1' }, terminal, false],
    [true, { NO_COLOR: '' }, terminal, true],
    [true, { TERM: 'dumb' }, terminal, false],
  ];
  for (const [flag, env, output, wanted] of cases) {
    assert.equal(wantsColor(flag, env, output), wanted, JSON.stringify({ flag, env }));
  }
});

test('nothing moves in a pipe, in CI, or on a dumb terminal', () => {
  assert.equal(wantsMotion({}, terminal), true);
  assert.equal(wantsMotion({}, pipe), false);
  assert.equal(wantsMotion({ CI: 'true' }, terminal), false);
  assert.equal(wantsMotion({ TERM: 'dumb' }, terminal), false);
});

test('a locale that is not UTF-8 gets ASCII', () => {
  assert.equal(speaksUnicode({ LANG: 'de_DE.UTF-8' }), true);
  assert.equal(speaksUnicode({ LANG: 'C' }), false);
  assert.equal(speaksUnicode({ LANG: 'C', LC_ALL: 'C.UTF-8' }), true);
  assert.equal(speaksUnicode({ TERM: 'linux' }), false);
});

test('a table aligns its columns and cuts the last one to the terminal', () => {
  const rows = [
    ['音声', '1', 'short'],
    ['plain', '22', 'a rather long description'],
  ];
  assert.deepEqual(table(['NAME', 'N', 'WHAT'], rows, { columns: 24, style: styleFor(false) }), [
    'NAME   N   WHAT',
    '音声   1   short',
    'plain  22  a rather lon…',
  ]);
});

test('a live area writes over its last picture and erases what it no longer needs', () => {
  const output = fakeOutput({ isTTY: true, columns: 10 });
  const area = new LiveArea(output);
  area.paint(['one', 'two']);
  assert.equal(
    output.text,
    '\u001b[?2026h\u001b[?25lone\u001b[K\ntwo\u001b[K\n\u001b[J\u001b[?2026l',
  );
  output.text = '';
  area.paint(['one', 'two']);
  assert.equal(output.text, '', 'an equal picture is not painted again');
  area.paint(['1']);
  assert.equal(output.text, '\u001b[?2026h\u001b[2A\r1\u001b[K\n\u001b[J\u001b[?2026l');
  output.text = '';
  area.finish();
  assert.equal(output.text, '\u001b[?25h', 'the cursor is back');
});

test('a line above a live area stays, and the area moves down', () => {
  const output = fakeOutput({ isTTY: true, columns: 20 });
  const area = new LiveArea(output);
  area.paint(['one']);
  output.text = '';
  area.above('said');
  assert.equal(
    output.text,
    '\u001b[?2026h\u001b[1A\rsaid\u001b[K\none\u001b[K\n\u001b[J\u001b[?2026l',
  );
});

test('a terminal made narrower is climbed by the rows the lines have become', () => {
  const output = fakeOutput({ isTTY: true, columns: 20 });
  const area = new LiveArea(output);
  area.paint(['123456789012', 'x']);
  output.text = '';
  output.columns = 5;
  area.paint(['y']);
  assert.match(output.text, /\u001b\[4A/);
});
