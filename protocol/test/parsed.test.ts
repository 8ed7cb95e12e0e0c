import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BadFrames,
  FrameDecoder,
  isPlainText,
  limits,
  parsedValue,
  wireValue,
} from '@capstan/protocol';
import fc from 'fast-check';

const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

test('a parsed value is judged exactly as any value is', () => {
  const odd = [
    '1e400',
    '-1e400',
    '9007199254740993',
    '1e17',
    '1e22',
    '"\\ud800"',
    '{"\\udfff":1}',
    '{"__proto__":{"__wire__":"capstan.file","data":{}}}',
    '{"__wire__":"capstan.file","data":{"path":"/a","extra":1}}',
    '{"__wire__":"capstan.file","data":{}}',
    '{"__wire__":"other","data":{}}',
    '{"toJSON":1,"toTempFile":2}',
    nested(limits.nesting),
    nested(limits.nesting + 1),
  ];
  const judged = (judge: (value: unknown) => unknown, text: string): unknown => {
    try {
      return { value: judge(JSON.parse(text)) };
    } catch (error) {
      return { message: (error as Error).message };
    }
  };
  for (const text of odd) {
    assert.deepEqual(judged(parsedValue, text), judged(wireValue, text), text.slice(0, 60));
  }
  fc.assert(
    fc.property(fc.json(), (text) => {
      assert.deepEqual(judged(parsedValue, text), judged(wireValue, text));
    }),
  );
});

test('a stream of frames is the same however it is cut', () => {
  const lines = ['ä€😀', 'x'.repeat(300), ''].map((text) =>
    JSON.stringify({ event: 'chunk', value: text }),
  );
  const bytes = new TextEncoder().encode(`${lines.join('\n')}\n\n`);
  const whole = new FrameDecoder().push(bytes);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: bytes.length })), (cuts) => {
      const decoder = new FrameDecoder();
      const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const read = edges
        .slice(1)
        .flatMap((edge, index) => decoder.push(bytes.subarray(edges[index], edge)));
      assert.deepEqual(read, whole);
    }),
  );
});

test('a line without an end is refused as soon as it is longer than the bound, in characters and not in bytes', () => {
  const encoder = new TextEncoder();
  const decoder = new FrameDecoder(100);
  decoder.push(encoder.encode('ä'.repeat(60)));
  decoder.push(encoder.encode('ä'.repeat(40)));
  assert.throws(() => decoder.push(encoder.encode('ä')), BadFrames);
});

test('a long text is read as the same text, plain or not, and what is no JSON is refused all the same', () => {
  const filler = 'x'.repeat(100_001);
  for (const text of [
    filler,
    `${filler}"`,
    `${filler}\\`,
    `\n${filler}`,
    `ä${filler}`,
    `${filler}\u007f`,
  ]) {
    const value = `${text}${filler}`;
    const frame = { event: 'chunk', value };
    const [read] = new FrameDecoder().push(Buffer.from(`${JSON.stringify(frame)}\n`));
    assert.deepEqual(read, frame);
  }
  for (const raw of [`${filler}\u0001${filler}`, `${filler}"${filler}`, `${filler}\t`]) {
    const line = `{"event":"chunk","value":"${raw}"}\n`;
    assert.throws(() => new FrameDecoder().push(Buffer.from(line)), BadFrames);
  }
});

test('a text is plain when its JSON is itself between quotes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), fc.nat(7), (text, shift) => {
      const isPlain = JSON.stringify(text) === `"${text}"`;
      const bytes = Buffer.from(' '.repeat(shift) + text).subarray(shift);
      assert.equal(isPlainText(bytes), isPlain, JSON.stringify(text));
    }),
  );
  assert.equal(isPlainText(Buffer.from('é')), false);
});
