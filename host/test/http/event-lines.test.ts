import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostError } from '../../src/errors.ts';
import { eventLines } from '../../src/http/event-lines.ts';
import type { HostEvent } from '../../src/index.ts';

const event = (seq: number, text = ''): HostEvent => ({
  type: 'job_waiting',
  seq,
  ts: '',
  payload: { text },
});

type Line = { [member: string]: unknown };
const linesIn = (chunk: Uint8Array | undefined): Line[] =>
  new TextDecoder()
    .decode(chunk)
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);

async function all(stream: ReadableStream<Uint8Array>): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const chunk of stream) lines.push(...linesIn(chunk));
  return lines;
}

test('events come in order between an opening and an end, those at hand together', async () => {
  async function* some(): AsyncGenerator<HostEvent> {
    for (let seq = 1; seq <= 100; seq++) yield event(seq);
  }
  const chunks: Line[][] = [];
  for await (const chunk of eventLines(some(), () => {})) chunks.push(linesIn(chunk));
  const lines = chunks.flat();
  assert.deepEqual(lines[0], { type: 'open' });
  assert.deepEqual(lines.at(-1), { type: 'end' });
  assert.deepEqual(
    lines.slice(1, -1).map(({ seq }) => seq),
    Array.from({ length: 100 }, (_, i) => i + 1),
  );
  assert.ok(chunks.length < 10, `${chunks.length} chunks`);
});

test('a reader that stands still stops the asking, and gets everything when it goes on', async () => {
  let told = 0;
  async function* many(): AsyncGenerator<HostEvent> {
    while (told < 5_000) {
      told += 1;
      yield event(told, 'x'.repeat(1_000));
    }
  }
  const stream = eventLines(many(), () => {});
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(told < 200, `${told} events were prepared for nobody`);
  const lines = await all(stream);
  assert.equal(lines.length, 5_002);
});

test('a reader that leaves ends the asking', async () => {
  const gone = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  async function* endless(): AsyncGenerator<HostEvent> {
    try {
      for (let seq = 1; ; seq++) yield event(seq);
    } finally {
      ended.resolve();
    }
  }
  const reader = eventLines(endless(), () => gone.resolve()).getReader();
  await reader.read();
  await reader.cancel();
  await gone.promise;
  await ended.promise;
});

test('a quiet stream says that it is there', async () => {
  const over = Promise.withResolvers<void>();
  // oxlint-disable-next-line require-yield -- nothing happens
  async function* quiet(): AsyncGenerator<HostEvent> {
    await over.promise;
  }
  const reader = eventLines(quiet(), () => {}, { heartbeatMs: 5 }).getReader();
  const said: Line[] = [];
  while (said.length < 3) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    said.push(...linesIn((await reader.read()).value));
  }
  assert.deepEqual(said[0], { type: 'open' });
  assert.ok(said.slice(1).every(({ type }) => type === 'heartbeat'));
  over.resolve();
  await reader.cancel();
});

test('what breaks the events is the last line', async () => {
  // oxlint-disable-next-line require-yield -- it breaks at once
  async function* broken(): AsyncGenerator<HostEvent> {
    throw new HostError('CURSOR_AHEAD', 'the journal ends at 3');
  }
  const lines = await all(eventLines(broken(), () => {}));
  assert.equal(lines.length, 2);
  assert.match(JSON.stringify(lines[1]), /CURSOR_AHEAD.*the journal ends at 3/);
});
