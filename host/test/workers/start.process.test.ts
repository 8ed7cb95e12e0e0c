import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import type { HostError } from '../../src/errors.ts';
import { startWorker, type WorkerSpec } from '../../src/workers/index.ts';
import {
  call,
  fixtureSpec,
  isRunning,
  objectOf,
  start,
  temporaryFolder,
  testGuard,
} from './fixtures.ts';

/** Starts a fixture that cannot become ready, and returns why. */
async function failureOf(
  t: Parameters<typeof temporaryFolder>[0],
  name: string,
  more: Partial<WorkerSpec> = {},
): Promise<HostError> {
  const runtimeDir = temporaryFolder(t);
  const spec = fixtureSpec(name, { guard: testGuard(t), runtimeDir, ...more });
  const error = await startWorker(spec).then(
    () => assert.fail(`${name} became ready`),
    (reason: HostError) => reason,
  );
  assert.deepEqual(readdirSync(runtimeDir), [], 'its socket folder is gone');
  return error;
}

test('a worker that behaves is ready, answers, and leaves nothing behind', async (t) => {
  const runtimeDir = temporaryFolder(t);
  const { worker } = await start(t, 'well-behaved', { runtimeDir });
  assert.deepEqual(await call(worker, 'echo', { value: { a: [1, 'ü'] } }), {
    kind: 'result',
    value: { a: [1, 'ü'] },
  });
  const exit = await worker.stop();
  assert.equal(exit.code, 0);
  assert.equal(isRunning(worker.pid), false);
  assert.deepEqual(readdirSync(runtimeDir), []);
});

test('a worker gets the given variables and the marks, and nothing of the host', async (t) => {
  const { worker } = await start(t, 'well-behaved', { env: { PATH: '/usr/bin', GREETING: 'hi' } });
  const { env } = objectOf(await call(worker, 'describe'));
  assert.ok(typeof env === 'object' && env !== null && 'CAPSTAN_SESSION' in env);
  assert.deepEqual(Object.keys(env).toSorted(), [
    'CAPSTAN_HOST',
    'CAPSTAN_SESSION',
    'CAPSTAN_WORKSPACE',
    'GREETING',
    'PATH',
  ]);
  assert.equal(env['CAPSTAN_SESSION'], worker.session);
});

test('the token is neither in the arguments nor in the environment of the worker', async (t) => {
  const { worker } = await start(t, 'well-behaved');
  const seen = ['cmdline', 'environ'].map((file) =>
    readFileSync(`/proc/${worker.pid}/${file}`, 'latin1'),
  );
  assert.doesNotMatch(seen.join(), /[\w-]{43}/, 'nothing as long as 32 random bytes');
  const socketFolder = statSync(dirname(worker.address.slice('unix:'.length)));
  assert.equal(socketFolder.mode & 0o777, 0o700);
});

test('a worker that prints now and then may take longer than the allowed silence', async (t) => {
  const limits = { readySilenceMs: 400, readyTotalMs: 20_000 };
  const { worker } = await start(t, 'slow-start', { limits });
  assert.equal((await worker.stop()).code, 0);
});

test('never-ready is given up after its silence and killed', async (t) => {
  const error = await failureOf(t, 'never-ready', { limits: { readySilenceMs: 300 } });
  assert.equal(error.code, 'WORKER_NOT_READY');
  assert.match(
    error.message,
    /^never-ready: the worker was not ready, and printed nothing for 0\.3 s/,
  );
  assert.match(error.message, /It printed nothing\./);
});

test('never-reads-stdin is given up too', async (t) => {
  const error = await failureOf(t, 'never-reads-stdin', { limits: { readySilenceMs: 300 } });
  assert.equal(error.code, 'WORKER_NOT_READY');
});

test('a worker that talks for ever is given up after the total limit', async (t) => {
  const limits = { readySilenceMs: 5_000, readyTotalMs: 600 };
  const error = await failureOf(t, 'talks-but-never-ready', { limits });
  assert.equal(error.code, 'WORKER_NOT_READY');
  assert.match(error.message, /still not ready after 0\.6 s/);
  assert.match(error.message, / {2}\| still loading/);
});

test('dies-on-start is noticed at once, with its exit code and its last words', async (t) => {
  const error = await failureOf(t, 'dies-on-start');
  assert.equal(error.code, 'WORKER_START_FAILED');
  assert.match(error.message, /exited with code 3 before it was ready/);
  assert.match(error.message, / {2}\| the licence server said no/);
  assert.match(error.message, /^command: .*dies-on-start\.mjs$/m);
  assert.equal(error.details['exitCode'], 3);
});

test('killed-on-start names the signal', async (t) => {
  const error = await failureOf(t, 'killed-on-start');
  assert.match(error.message, /was killed by SIGSEGV before it was ready/);
});

test('import-fails names the missing module, and what the environment says', async (t) => {
  const error = await failureOf(t, 'import-fails', {
    diagnose: () => Promise.resolve(['environment: uv, Python 3.12.1', 'lock: unchanged']),
  });
  assert.equal(error.code, 'WORKER_START_FAILED');
  assert.match(
    error.message,
    /^import error: ModuleNotFoundError: No module named 'a_package_that/m,
  );
  assert.match(error.message, /^lock: unchanged$/m);
  assert.match(error.hint ?? '', /requirements/);
});

test('a program that does not exist is a sentence, not an ENOENT', async (t) => {
  const error = await failureOf(t, 'well-behaved', { command: ['/no/such/python', '-m', 'x'] });
  assert.equal(error.code, 'WORKER_START_FAILED');
  assert.match(error.message, /\/no\/such\/python could not be started/);
});

test('a folder that does not exist is named instead of the program', async (t) => {
  const error = await failureOf(t, 'well-behaved', { cwd: '/no/such/folder' });
  assert.match(error.message, /its folder \/no\/such\/folder does not exist/);
});

test('refuses-to-start is quoted, hint and category included', async (t) => {
  const error = await failureOf(t, 'refuses-to-start');
  assert.equal(error.code, 'WORKER_START_FAILED');
  assert.equal(error.category, 'input');
  assert.match(error.message, /the model needs a licence file/);
  assert.equal(error.hint, 'Put it beside the model.');
});

test('wrong-version names both versions', async (t) => {
  const error = await failureOf(t, 'wrong-version');
  assert.equal(error.code, 'VERSION_SKEW');
  assert.match(error.message, /the host speaks protocol version 1 and this worker version 7/);
});

test('listens-elsewhere is refused: the host connects only where it said', async (t) => {
  const error = await failureOf(t, 'listens-elsewhere');
  assert.match(error.message, /it listens at unix:\/nowhere\/w\.sock instead of/);
});

test('a socket path that the system would cut is refused before anything starts', async (t) => {
  const runtimeDir = `${temporaryFolder(t)}/${'long'.repeat(25)}`;
  const spec = fixtureSpec('well-behaved', { guard: testGuard(t), runtimeDir });
  await assert.rejects(startWorker(spec), /longer than a unix socket may have/);
});

test('a folder for sockets that others can enter is refused', async (t) => {
  const runtimeDir = temporaryFolder(t);
  chmodSync(runtimeDir, 0o755);
  const spec = fixtureSpec('well-behaved', { guard: testGuard(t), runtimeDir });
  await assert.rejects(startWorker(spec), /nobody else can enter/);
});
