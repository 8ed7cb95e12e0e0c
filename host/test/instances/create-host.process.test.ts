import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createHost, HostError, type LoadResult } from '../../src/index.ts';
import { isRunning } from '../workers/fixtures.ts';
import { codeOf, describe, until, viewOf, voices } from './voices.ts';

const shop = voices();
const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** The blocks of TypeScript in docs/instances.md, in order. */
async function programs(): Promise<string[]> {
  const page = await readFile(join(repository, 'docs', 'instances.md'), 'utf8');
  return [...page.matchAll(/```ts\n([^]*?)```/g)].map(([, code = '']) => code);
}

/** Runs a program in the workspace, as its user would. */
async function run(code: string): Promise<string> {
  const modules = join(shop.root, 'node_modules');
  await mkdir(modules, { recursive: true });
  await symlink(join(repository, 'host'), join(modules, 'capstan')).catch(() => {}); // it may be there
  const file = join(shop.root, 'program.ts');
  await writeFile(join(shop.root, 'package.json'), '{"type": "module"}');
  await writeFile(file, code);
  const { stdout } = await promisify(execFile)(process.execPath, [file], {
    cwd: shop.root,
    env: shop.shop.env,
  });
  return stdout;
}

test('the five lines of docs/instances.md call a tool and end', async () => {
  const [five = ''] = await programs();
  assert.equal(five.trim().split('\n').length, 5);
  assert.equal(await run(five), 'tiny: talk.flac\n');
});

test('the binding of docs/instances.md calls and streams with its name and configuration filled in', async () => {
  const [, bound = ''] = await programs();
  const opening = `import { createHost } from 'capstan';\nawait using host = await createHost({ root: import.meta.dirname });\n`;
  const closing = `console.log(text);\nawait host.unload('speech-large', { forget: true });\n`;
  assert.equal(
    await run(`${opening}${bound}${closing}`),
    'word 0\nword 1\nword 2\nlarge: talk.flac\n',
  );
});

test('`await using` ends every worker with its block', async () => {
  let pid = 0;
  {
    await using host = await createHost({ root: shop.root, env: shop.shop.env });
    pid = Number((await describe(host, 'speech'))['pid']);
    assert.equal(isRunning(pid), true);
  }
  assert.equal(isRunning(pid), false);
});

test('what is named is loaded first: a name, one with its configuration, a request', async (t) => {
  const host = await shop.open(t, {
    capabilities: [
      'speech',
      ['speech-large', { beams: 2 }],
      { capability: 'speech', instance: 'third' },
    ],
  });
  assert.deepEqual(
    ['speech', 'speech-large', 'third'].map((id) => viewOf(host, id).state),
    ['ready', 'ready', 'ready'],
  );
  assert.equal(
    (await host.config('speech-large')).values['model'],
    'tiny',
    'it is the whole of it',
  );
});

test('one that cannot be loaded is thrown with its reason, and nothing stays behind', async (t) => {
  const options = { root: shop.root, env: shop.shop.env };
  await assert.rejects(
    createHost({ ...options, capabilities: ['speech', 'broken'] }),
    /the licence server said no/,
  );
  const failures: LoadResult[] = [];
  const host = await shop.open(t, {
    capabilities: ['speech', 'broken'],
    strict: false,
    onLoadFailure: (failed) => failures.push(failed),
  });
  assert.deepEqual(
    failures.map((one) => [one.key, one.kind === 'failed' ? one.error.code : '']),
    [['broken', 'WORKER_START_FAILED']],
  );
  assert.equal(viewOf(host, 'speech').state, 'ready');
});

test('a call resolves to the result, or throws what went wrong as a typed error', async (t) => {
  const host = await shop.open(t);
  assert.equal(await host.call('speech.transcribe', { audio: 'a' }), 'tiny: a');
  await assert.rejects(host.call('speech.fail'), (error: unknown) => {
    assert.ok(error instanceof HostError);
    assert.equal(error.code, 'TOOL_FAILED');
    assert.match(error.message, /no voice in this file/);
    return true;
  });
  assert.equal(await codeOf(host.call('speech.transcribe', { adio: 'a' })), 'INPUT_INVALID');
  assert.equal(await codeOf(host.call('speech.transcibe')), 'ACTION_NOT_FOUND');
});

test('a call is cancelled by its signal, and tells how far it is', async (t) => {
  const host = await shop.open(t);
  const latch = shop.latch();
  const stop = new AbortController();
  const heard: string[] = [];
  const call = host.call(
    'speech.hold',
    { until: latch.path },
    { signal: stop.signal, onProgress: (_, message) => heard.push(message) },
  );
  await until(() => heard.includes('held'), 'it is inside');
  assert.equal(heard[0], 'starting speech');
  stop.abort();
  assert.equal(await codeOf(call), 'CANCELLED');
  assert.equal(
    await codeOf(host.call('speech.describe', {}, { signal: stop.signal })),
    'CANCELLED',
  );
});

test('a workspace that has a host already is refused, and one that is none too', async (t) => {
  await shop.open(t);
  const options = { root: shop.root, env: shop.shop.env };
  assert.equal(await codeOf(createHost(options)), 'WORKSPACE_BUSY');
  assert.equal(await codeOf(createHost({ ...options, root: '/' })), 'WORKSPACE_NOT_FOUND');
});

test('a binding of what is not there is refused at once', async (t) => {
  const host = await shop.open(t);
  assert.throws(() => host.bind('speach'), /no capability or instance "speach"/);
});
