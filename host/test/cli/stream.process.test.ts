import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { untilNoted } from '../queue/noted.ts';
import { documentIn } from './documents.ts';
import { openShop, type Shop, startsIn } from './shell.ts';

const bin = fileURLToPath(new URL('../../bin/capstan.cjs', import.meta.url));

let shop: Shop;
before(async () => {
  shop = await openShop('streams');
  assert.equal((await shop.run('install')).code, 0);
});
after(() => shop.remove());

const start = startsIn(() => shop);

/** Each line held against the schema of frames. */
const framesIn = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => documentIn(line, 'stream'));

for (const isUp of [false, true]) {
  const where = isUp ? 'with a host that is up' : 'without a host';

  test(`${where}: a stream is a line for each value, text as it is, files as paths, the rest as JSON`, async () => {
    if (isUp) await start('up').says('Up as process');
    const { code, stdout } = await shop.run('stream', 'tool.values');
    assert.equal(code, 0);
    const [text, json, path, end] = stdout.split('\n');
    assert.deepEqual([text, json, end], ['plain "text"', '{"a":[1,null]}', '']);
    assert.equal(readFileSync(path ?? '', 'utf8'), 'noted');
  });

  test(`${where}: with --json it is frames, of which the last is the result or the error`, async () => {
    if (isUp) await start('up').says('Up as process');
    const fine = framesIn((await shop.run('stream', 'other.values', '--json')).stdout);
    assert.equal(fine[0]?.['event'], 'job');
    assert.equal(fine.filter(({ event }) => event === 'chunk').length, 3);
    assert.deepEqual(fine.at(-1), { event: 'result', value: { values: 3 } });
    const broken = await shop.run('stream', 'tool.breaks', '--json');
    assert.equal(broken.code, 1);
    const frames = framesIn(broken.stdout);
    assert.deepEqual(
      frames.filter(({ event }) => event === 'chunk').map(({ value }) => value),
      ['one'],
    );
    assert.match(frames.at(-1)?.['error'].message, /the string broke/);
  });

  test(`${where}: what is misspelt is refused as a last frame, with the nearest name`, async () => {
    if (isUp) await start('up').says('Up as process');
    const { code, stdout } = await shop.run('stream', 'toll.values', '--json');
    assert.equal(code, 3);
    const [frame, ...more] = framesIn(stdout);
    assert.deepEqual(more, []);
    assert.equal(frame?.['error'].code, 'CAPABILITY_NOT_FOUND');
    assert.match(frame['error'].hint, /did you mean "tool"/);
  });

  test(`${where}: a tool that fails is told on stderr, after its values, with 1`, async () => {
    if (isUp) await start('up').says('Up as process');
    const { code, stdout, stderr } = await shop.run('stream', 'tool.breaks');
    assert.deepEqual([code, stdout], [1, 'one\n']);
    assert.match(stderr, /the string broke[^]*code: TOOL_FAILED/);
  });

  test(`${where}: Ctrl-C stops the tool, and ends with 130`, async () => {
    if (isUp) await start('up').says('Up as process');
    const log = join(shop.root, `ctrl-c-${isUp}`);
    const command = start('stream', 'tool.count', '-i', `log=${log}`);
    await command.says('1000\n');
    command.kill('SIGINT');
    assert.equal((await command.ended).code, 130);
    await untilNoted(log, 'stopped');
  });

  test(`${where}: a pipe that is closed stops the tool, and is no failure`, async () => {
    if (isUp) await start('up').says('Up as process');
    const log = join(shop.root, `closed-${isUp}`);
    const child = spawn(process.execPath, [bin, 'stream', 'tool.count', '-i', `log=${log}`], {
      cwd: shop.root,
      env: shop.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 0);
    await untilNoted(log, 'stopped');
  });
}

test('what calls used is listed for each instance and configuration', async () => {
  await shop.run('stream', 'tool.values');
  const { profiles } = documentIn((await shop.run('profiles', '--json')).stdout, 'profiles');
  const own = profiles.filter(({ instance }: { instance: string }) => instance === 'tool');
  assert.equal(own.length, 1);
  const { calls, completed, usage } = own[0];
  assert.ok(calls > completed && completed >= 2);
  assert.equal(usage.words, 2 * completed);
  const { stdout } = await shop.run('profiles', '--capability', 'tool');
  assert.match(stdout, /^other \(tool\) +[0-9a-f]{12} +\d+ +\d+ \(\d+%\) .* \d+ words/m);
  const none = await shop.run('profiles', '--instance', 'othr');
  assert.match(none.stderr, /There are other, tool/);
});
