import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LineSplitter } from '../../src/workers/lines.ts';

function linesOf(chunks: readonly Buffer[], limitBytes = 1024): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter(limitBytes, (line) => lines.push(line));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.flush();
  return lines;
}

const bytes = (text: string) => [...Buffer.from(text)].map((byte) => Buffer.from([byte]));

test('lines come out whole however the bytes were cut', () => {
  const text = 'one\nzwei ä\n\nthree\r\n';
  assert.deepEqual(linesOf([Buffer.from(text)]), ['one', 'zwei ä', 'three']);
  assert.deepEqual(linesOf(bytes(text)), ['one', 'zwei ä', 'three']);
});

test('of frames painted over each other only the last is kept', () => {
  const text = '10%\r50%\r100%\ndone\r\r\nspinner |\rspinner /\r';
  const expected = ['100%', 'done', 'spinner /'];
  assert.deepEqual(linesOf([Buffer.from(text)]), expected);
  assert.deepEqual(linesOf(bytes(text)), expected);
});

test('an endless progress bar stays small and its last frame is kept', () => {
  const frames = Array.from({ length: 5000 }, (_, i) => Buffer.from(`${i} of 5000\r`));
  assert.deepEqual(linesOf(frames, 64), ['4999 of 5000']);
});

test('a line beyond the limit is cut there and says how much is missing', () => {
  const [line] = linesOf([Buffer.from('x'.repeat(100)), Buffer.from('y'.repeat(50))], 100);
  assert.equal(line, `${'x'.repeat(100)} … (line cut, 50 bytes more)`);
});

test('bytes that are no UTF-8 stay readable', () => {
  assert.deepEqual(linesOf([Buffer.from([0x6b, 0xff, 0x6b, 0x0a])]), ['k\ufffdk']);
});

test('a caller that has had enough gets the rest back', () => {
  const lines: string[] = [];
  const splitter = new LineSplitter(100, (line) => lines.push(line));
  const rest = splitter.push(Buffer.from('a\nb\nc\n'), () => lines.length < 2);
  assert.deepEqual(lines, ['a', 'b']);
  assert.equal(rest.toString(), 'c\n');
});

test('where the bytes are cut never changes the lines', () => {
  const text = fc.array(fc.constantFrom('a', 'é', '\r', '\n', ' ', '漢'), { maxLength: 40 });
  fc.assert(
    fc.property(text, fc.array(fc.nat(40)), (parts, cuts) => {
      const whole = Buffer.from(parts.join(''));
      const edges = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
      const chunks = edges.slice(1).map((end, i) => whole.subarray(edges[i], end));
      assert.deepEqual(linesOf(chunks), linesOf([whole]));
    }),
  );
});
