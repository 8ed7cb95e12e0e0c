import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { text } from 'node:stream/consumers';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/protocol.md'), 'utf8');
const section = page.slice(page.indexOf('## A session by hand'), page.indexOf('## Start'));
const [setUp = '', session = ''] = Array.from(
  section.matchAll(/```sh\n(.*?)```/gs),
  (match) => match[1] ?? '',
);

/** What changes from run to run. */
const withoutNoise = (output: string): string =>
  output
    .replaceAll(/"pid":\d+/g, '"pid":0')
    .replaceAll(/"uptimeS":[\d.]+/g, '"uptimeS":0')
    .replaceAll(/"occurredAt":"[^"]*"/g, '"occurredAt":""');

const hasCurl = await new Promise<boolean>((resolve) => {
  const child = spawn('curl', ['--version'], { stdio: 'ignore' });
  child.once('error', () => resolve(false)).once('exit', () => resolve(true));
});

test('the session by hand in docs/protocol.md prints what the page says', {
  skip: !hasCurl,
}, async () => {
  // `wait` for the ready line instead of a person who reads it; the worker ends with the pipe's writer
  const script = [
    setUp
      .replace('(cat start.json; sleep 60)', 'mkfifo in; (cat start.json; cat in)')
      .replace(' &\n', ' >ready &\n'),
    'exec 3>in; until grep -q "^capstan 1" ready; do sleep 0.05; done',
    session,
    'exec 3>&-; wait; rm -rf "$PWD"',
  ].join('\n');
  const child = spawn('bash', ['-c', script], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const printed = await text(child.stdout);
  const promised = session
    .split('\n')
    .filter((line) => line.startsWith('# '))
    .map((line) => line.slice(2));
  assert.ok(promised.length > 5);
  const lines = withoutNoise(printed)
    .split('\n')
    .filter((line) => line !== '');
  assert.deepEqual(lines, promised.map(withoutNoise));
});
