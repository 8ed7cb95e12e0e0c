import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostError } from '../../src/errors.ts';
import { controlApp } from '../../src/http/control.ts';
import { controlHost } from '../../src/http/door.ts';
import type { Served } from '../../src/http/handlers.ts';
import { limits } from '../../src/http/limits.ts';
import { askedHost } from './asked-host.ts';

const token = 'the-right-token';
const headers = {
  host: controlHost,
  authorization: `Bearer ${token}`,
  'content-type': 'application/json',
};

function served(answers: Partial<Served> = {}) {
  const { host, asked } = askedHost(answers);
  const shutdowns: (number | undefined)[] = [];
  const app = controlApp({
    host,
    token,
    health: () => ({ status: 'running', pid: 7 }),
    shutdown: (graceMs) => void shutdowns.push(graceMs),
  });
  const get = async (path: string) => answerOf(await app.request(path, { headers }));
  const post = async (path: string, body: unknown) =>
    answerOf(await app.request(path, { method: 'POST', headers, body: JSON.stringify(body) }));
  return { get, post, asked, shutdowns };
}

const answerOf = async (response: Response) => ({
  status: response.status,
  body: (await response.json()) as { [member: string]: never },
});

test('health says that the host runs, and how far its journal has come', async () => {
  const { get } = served();
  assert.deepEqual(await get('/v1/health'), {
    status: 200,
    body: { status: 'running', pid: 7, seq: 7 },
  });
});

test('jobs are handed to the host as they were asked for', async () => {
  const { post, asked } = served();
  const job = {
    capability: 'speech',
    action: 'transcribe',
    input: { audio: 'a.wav' },
    priority: 5,
    retry: { attempts: 3, backoffMs: 10 },
    delayMs: 1000,
    cwd: '/here',
  };
  const answer = await post('/v1/jobs', { jobs: [job, { capability: 'x', action: 'y' }] });
  assert.equal(answer.status, 200);
  assert.deepEqual(asked, [['submit', [job, { capability: 'x', action: 'y' }]]]);
});

test('what is wrong with a job is told with its place', async () => {
  const { post, asked } = served();
  for (const [job, words] of [
    [{ action: 'y' }, /jobs\[0\]\.capability is not a text/],
    [{ capability: 'x', prioritty: 1 }, /there is no jobs\[0\]\.prioritty; there are .*priority/],
    [{ capability: 'x', retry: { attempts: '3' } }, /jobs\[0\]\.retry\.attempts is not a number/],
    [{ capability: 'x', input: [] }, /jobs\[0\]\.input is not an object/],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop -- each is a case of its own
    const { status, body } = await post('/v1/jobs', { jobs: [job] });
    assert.equal(status, 400);
    assert.match(JSON.stringify(body), words);
  }
  assert.deepEqual(asked, []);
});

test('a cancel, a decision, a place in the line and a switch reach the host', async () => {
  const { post, asked } = served();
  const cancelled = await post('/v1/cancel', { id: 'run_1', reason: 'wrong file' });
  assert.deepEqual(cancelled.body, { cancelled: { state: 'running', aborting: ['job_1'] } });
  await post('/v1/jobs/job_1/decide', { decision: 'rerun', actor: 'me' });
  await post('/v1/jobs/job_1/reorder', { to: 'first' });
  await post('/v1/jobs/job_1/reorder', { priority: 9 });
  await post('/v1/instances/speech', { enabled: false, actor: 'me' });
  await post('/v1/runs/run_1/resume', { asRecorded: true });
  assert.deepEqual(asked, [
    ['cancel', 'run_1', 'wrong file'],
    ['decide', 'job_1', 'rerun', 'me'],
    ['reorder', 'job_1', { to: 'first' }],
    ['reorder', 'job_1', { priority: 9 }],
    ['setEnabled', 'speech', false, 'me'],
    ['resumeRun', 'run_1', { asRecorded: true }],
  ]);
  assert.equal((await post('/v1/jobs/job_1/reorder', {})).status, 400);
  assert.equal((await post('/v1/jobs/job_1/reorder', { to: 'middle' })).status, 400);
  assert.equal((await post('/v1/jobs/job_1/decide', { decision: 'maybe', actor: '' })).status, 400);
});

test('what the machine has is told, and profiles are reset by their names', async () => {
  const { get, post, asked } = served();
  const { status, body } = await get('/v1/resources');
  assert.deepEqual([status, body], [200, { resources: { hostPid: 7, devices: [], problems: [] } }]);
  const reset = await post('/v1/profiles/reset', { instance: 'speech', actor: 'me' });
  assert.deepEqual([reset.status, reset.body], [200, { count: 2 }]);
  await post('/v1/profiles/reset', { actor: 'me' });
  assert.deepEqual(asked, [
    ['resources'],
    ['resetProfiles', { instance: 'speech' }, 'me'],
    ['resetProfiles', {}, 'me'],
  ]);
  assert.equal((await post('/v1/profiles/reset', {})).status, 400);
  assert.equal((await post('/v1/profiles/reset', { actor: 'me', instnace: 'x' })).status, 400);
});

test('a composition is read as strictly as one in a file', async () => {
  const { post, asked } = served();
  const composition = { name: 'n', nodes: { a: { use: 'x', action: 'y', with: { z: 1 } } } };
  const body = { composition, inputs: {}, cwd: '/here', fresh: true, file: 'n.yaml', folder: '/f' };
  assert.equal((await post('/v1/runs', body)).status, 200);
  const [[, source, inputs, options] = []] = asked as [string, never, never, never][];
  assert.deepEqual(inputs, {});
  assert.deepEqual(options, { cwd: '/here', fresh: true });
  const { composition: form, file, folder } = source as unknown as { [part: string]: unknown };
  assert.deepEqual([file, folder], ['n.yaml', '/f']);
  assert.deepEqual(Object.keys((form as { nodes: object }).nodes), ['a']);
  const wrong = { ...body, composition: { nodes: { a: { use: 'x', actoin: 'y' } } } };
  const refused = await post('/v1/runs', wrong);
  assert.equal(refused.status, 400);
  assert.match(JSON.stringify(refused.body), /COMPOSITION_INVALID/);
});

test('every refusal of the host keeps its code, hint and details, and its status says its kind', async () => {
  const cases = [
    ['JOB_NOT_FOUND', 404],
    ['INPUT_INVALID', 400],
    ['JOB_OVER', 409],
    ['STORE_WEDGED', 503],
    ['PAYLOAD_TOO_LARGE', 413],
    ['DEADLINE_EXCEEDED', 504],
    ['STORE_WRITE_FAILED', 500],
  ] as const;
  for (const [code, status] of cases) {
    const { post } = served({
      cancel: () => {
        throw new HostError(code, 'no', { hint: 'do this', details: { id: 'job_9' } });
      },
    });
    // oxlint-disable-next-line no-await-in-loop -- each is a case of its own
    const answer = await post('/v1/cancel', { id: 'job_9', reason: '' });
    assert.equal(answer.status, status, code);
    const { category: _, ...error } = answer.body['error'] as never as { [part: string]: string };
    assert.deepEqual(error, { code, message: 'no', hint: 'do this', details: { id: 'job_9' } });
  }
});

test('a wait that was not long enough is an answer, and a host that ends meanwhile an error', async () => {
  const late = served({
    wait: () => {
      throw new HostError('DEADLINE_EXCEEDED', 'not yet');
    },
    finished: () => new Promise(() => {}),
  });
  assert.deepEqual(await late.get('/v1/jobs/job_1?waitMs=99999999'), {
    status: 200,
    body: { over: false },
  });
  assert.deepEqual(late.asked[0], ['wait', 'job_1', { timeoutMs: limits.waitMs }]);
  assert.deepEqual((await late.get('/v1/runs/run_1?waitMs=1')).body, { over: false });
  await late.get('/v1/runs/run_1?waitMs=1');
  assert.equal(late.asked.filter(([method]) => method === 'finished').length, 1);
  const ending = served({
    wait: () => {
      throw new HostError('CANCELLED', 'the host was closed');
    },
  });
  const { status, body } = await ending.get('/v1/jobs/job_1?waitMs=10');
  assert.equal(status, 503);
  assert.match(JSON.stringify(body), /HOST_LOST/);
});

test('only a host that may be asked to end is', async () => {
  const { post, shutdowns } = served();
  await post('/v1/shutdown', { graceMs: 5 });
  await post('/v1/shutdown', {});
  assert.deepEqual(shutdowns, [5, undefined]);
});

test('a cursor that is no number is refused before a stream begins', async () => {
  const { get, asked } = served();
  for (const after of ['x', '-1', '1.5', '9007199254740993']) {
    // oxlint-disable-next-line no-await-in-loop -- each is a case of its own
    assert.equal((await get(`/v1/events?after=${after}`)).status, 400, after);
  }
  assert.deepEqual(asked, []);
});
