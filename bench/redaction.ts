/**
 * What it costs to take secrets out of what workers say: `node bench/redaction.ts`. Side by side with parsing the
 * same values, which has to be done anyway.
 */
import { Redactor } from '../host/src/secrets/index.ts';

const secretsOf = (count: number): { [name: string]: string } =>
  Object.fromEntries(
    Array.from({ length: count }, (_, n) => [
      `KEY_${n}`,
      `sk-live-${n}-${'q'.repeat(20)}${n * 7919}`,
    ]),
  );

const records = Array.from({ length: 20_000 }, (_, id) => ({
  id,
  name: `record ${id}`,
  text: 'some words here and there and plain',
  tags: ['a', 'b', 'c'],
  score: id / 7,
}));
const json = JSON.stringify({ records });
const value = JSON.parse(json) as { records: typeof records };
const line =
  '2026-01-01 INFO something happened in module x with id 12345 and more words to fill the line';
const escaped = `${line} C:\\path\\to "it" 50%25 &amp;`;

function median(work: () => void): number {
  const times = Array.from({ length: 9 }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  }).toSorted((a, b) => a - b);
  return times[4] ?? 0;
}

const parseMs = median(() => void JSON.parse(json));
const say = (what: string, ms: number, unit = 'ms'): void =>
  void process.stdout.write(`${what.padEnd(52)} ${ms.toFixed(2).padStart(8)} ${unit}\n`);

say(`parsing ${(json.length / 1e6).toFixed(1)} MB of JSON records`, parseMs);
for (const count of [0, 1, 50]) {
  const redactor = new Redactor(secretsOf(count));
  const ms = median(() => void redactor.json(value));
  say(`  looking through them for ${count} secrets`, ms);
  say(`    that is, of the time to parse them`, ms / parseMs, 'x');
  const lines = 10_000;
  const perLine = (text: string): number =>
    (median(() => {
      for (let n = 0; n < lines; n++) redactor.text(text);
    }) *
      1000) /
    lines;
  say('  a line of output', perLine(line), 'µs');
  say('  a line with escapes in it', perLine(escaped), 'µs');
}
