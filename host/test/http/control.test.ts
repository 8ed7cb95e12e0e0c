import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostError } from '../../src/errors.ts';
import { controlApp, controlHost } from '../../src/http/control.ts';

const token = 'the-right-token';
const good = { host: controlHost, authorization: `Bearer ${token}` };

function appWith(cancel: (id: string, reason: string) => Promise<unknown>) {
  const asked: [string, string][] = [];
  const app = controlApp({
    token,
    health: () => ({ status: 'running', pid: 7 }),
    host: {
      cancel: (id, reason) => {
        asked.push([id, reason]);
        return cancel(id, reason);
      },
    },
  });
  return { app, asked };
}
const { app, asked } = appWith(() => Promise.resolve({ kind: 'aborting' }));

test('health says that the host runs', async () => {
  const answer = await app.request('/v1/health', { headers: good });
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), { status: 'running', pid: 7 });
});

test('cancel hands id and reason to the host and its answer back', async () => {
  const body = JSON.stringify({ id: 'run_1', reason: 'wrong file' });
  const answer = await app.request('/v1/cancel', { method: 'POST', headers: good, body });
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), { cancelled: { kind: 'aborting' } });
  assert.deepEqual(asked, [['run_1', 'wrong file']]);
});

const denied: { who: string; headers: { [name: string]: string }; status: number }[] = [
  { who: 'a client without a token', headers: { host: controlHost }, status: 401 },
  {
    who: 'a client with a wrong token',
    headers: { ...good, authorization: 'Bearer no' },
    status: 401,
  },
  { who: 'a token without its scheme', headers: { ...good, authorization: token }, status: 401 },
  { who: 'a name rebound to this socket', headers: { ...good, host: 'evil.example' }, status: 403 },
  { who: 'a page in a browser', headers: { ...good, origin: 'http://localhost' }, status: 403 },
];
for (const { who, headers, status } of denied) {
  test(`${who} is denied before anything is done`, async () => {
    const before = asked.length;
    const body = JSON.stringify({ id: 'run_1', reason: '' });
    const answer = await app.request('/v1/cancel', { method: 'POST', headers, body });
    assert.equal(answer.status, status);
    assert.equal(asked.length, before);
  });
}

test('an unknown path is not found, and only for those who may know', async () => {
  assert.equal((await app.request('/v1/secrets', { headers: good })).status, 404);
  assert.equal((await app.request('/v1/secrets', { headers: { host: controlHost } })).status, 401);
});

for (const body of ['', 'null', '[]', '{"id": 1, "reason": "x"}', '{"id": "run_1"}']) {
  test(`a cancel of ${JSON.stringify(body)} is refused with what a cancel looks like`, async () => {
    const answer = await app.request('/v1/cancel', { method: 'POST', headers: good, body });
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), /VALUE_INVALID/);
  });
}

test('an unknown id is answered with the code and the hint of the host', async () => {
  const { app: failing } = appWith(() =>
    Promise.reject(new HostError('JOB_NOT_FOUND', 'no job_9', { hint: 'see capstan jobs' })),
  );
  const body = JSON.stringify({ id: 'job_9', reason: '' });
  const answer = await failing.request('/v1/cancel', { method: 'POST', headers: good, body });
  assert.equal(answer.status, 404);
  const { error } = (await answer.json()) as { error: { [member: string]: unknown } };
  assert.equal(error['code'], 'JOB_NOT_FOUND');
  assert.equal(error['hint'], 'see capstan jobs');
});
