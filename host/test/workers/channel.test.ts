import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { Budget, Channel } from '../../src/workers/channel.ts';

/** As a pipe gives them: each in memory of its own. */
function chunkOf(text: string): Buffer {
  const chunk = Buffer.from(new ArrayBuffer(64 * 1024));
  chunk.fill(text);
  return chunk;
}

async function pump(chunks: Buffer[], linesPerS: number): Promise<string[]> {
  const lines: string[] = [];
  const budget = new Budget(1024 * 1024, linesPerS);
  const channel = new Channel(Readable.from(chunks), {
    budget,
    onBytes: () => {},
    emit: (text) => {
      budget.spend(text.length);
      lines.push(text);
    },
    awaitsHandshake: () => false,
    glimpse: () => {},
  });
  await channel.ended;
  channel.close();
  return lines;
}

test('the memory of a flood is given back at once, and its last words are kept', async () => {
  const chunks = [...Array.from({ length: 20 }, () => chunkOf('0123456\n')), chunkOf('the end\n')];
  const lines = await pump(chunks, 10);
  const held = chunks.filter(({ length }) => length > 0);
  assert.ok(held.length <= 2, `${held.length} chunks are still in memory`);
  assert.deepEqual(lines.slice(0, 10), Array(10).fill('0123456'));
  assert.equal(lines.at(-1), 'the end');
});

test('the memory of an endless line is given back at once, and its beginning is kept', async () => {
  const chunks = Array.from({ length: 5 }, () => chunkOf('a'));
  const lines = await pump(chunks, 10);
  assert.deepEqual(
    chunks.map(({ length }) => length),
    [0, 0, 0, 0, 0],
  );
  assert.equal(lines.join('').indexOf(' … (line cut, 262144 bytes more)'), 64 * 1024);
});
