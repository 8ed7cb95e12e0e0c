import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutputLines } from '../../src/environments/output-lines.ts';

function linesOf(chunks: readonly (string | Uint8Array)[], limit = 100): string[] {
  const lines: string[] = [];
  const cut = new OutputLines(limit, (line) => lines.push(line));
  for (const chunk of chunks) cut.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  cut.end();
  return lines;
}

test('a line is told when it is whole, however it was cut into chunks', () => {
  assert.deepEqual(linesOf(['one\ntw', 'o\n', 'three']), ['one', 'two', 'three']);
});

test('a bar that redraws itself is one line, its last state', () => {
  assert.deepEqual(linesOf(['10%\r50%', '\r100%\r\ndone\n']), ['100%', 'done']);
});

test('blank lines are no news', () => {
  assert.deepEqual(linesOf(['\n\na\n \n']), ['a']);
});

test('a line without an end is cut at the limit, marked, and told once', () => {
  const lines = linesOf(['x'.repeat(80), 'y'.repeat(80), 'z'.repeat(500), '\nnext\n']);
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? '', /^x{80}y{20} …$/);
  assert.equal(lines[1], 'next');
});

test('a character that arrives in two chunks is still one character', () => {
  const [first, second] = [Buffer.from('é\n').subarray(0, 1), Buffer.from('é\n').subarray(1)];
  assert.deepEqual(linesOf([first, second]), ['é']);
});
