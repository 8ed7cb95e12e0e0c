import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlApp } from '../../src/http/control.ts';
import { controlHost } from '../../src/http/door.ts';
import { type Route, routes } from '../../src/http/routes.ts';
import { askedHost } from './asked-host.ts';

const token = 'the-right-token';
const good = {
  host: controlHost,
  authorization: `Bearer ${token}`,
  'content-type': 'application/json',
};
const { host, asked } = askedHost();
const shutdowns: unknown[] = [];
const app = controlApp({
  host,
  token,
  health: () => ({ status: 'running' }),
  shutdown: (graceMs) => void shutdowns.push(graceMs),
});

const denied: { who: string; headers: { [name: string]: string }; status: number }[] = [
  { who: 'a client without a token', headers: { ...good, authorization: '' }, status: 401 },
  {
    who: 'a client with a wrong token',
    headers: { ...good, authorization: 'Bearer no' },
    status: 401,
  },
  { who: 'a token without its scheme', headers: { ...good, authorization: token }, status: 401 },
  { who: 'a name bound to this socket', headers: { ...good, host: 'evil.example' }, status: 403 },
  { who: 'our name with a port', headers: { ...good, host: `${controlHost}:80` }, status: 403 },
  { who: 'a page in a browser', headers: { ...good, origin: 'http://localhost' }, status: 403 },
  { who: 'a sandboxed page', headers: { ...good, origin: 'null' }, status: 403 },
];

for (const [name, route] of Object.entries<Route>(routes)) {
  for (const { who, headers, status } of denied) {
    test(`${name}: ${who} is denied before anything is done`, async () => {
      const before = asked.length + shutdowns.length;
      assert.equal((await request(route, headers)).status, status);
      assert.equal(asked.length + shutdowns.length, before);
    });
  }

  test(`${name}: another method is no such request`, async () => {
    const method = route.method === 'GET' ? 'POST' : 'GET';
    const answer = await app.request(path(route), { method, headers: good });
    // Some paths have both methods, each a route of its own.
    const other = Object.values(routes).some(
      (one: Route) => one.path === route.path && one.method === method,
    );
    if (!other) assert.equal(answer.status, 404);
  });

  if (route.effect === 'changes') {
    test(`${name}: what a form could send is refused`, async () => {
      const before = asked.length + shutdowns.length;
      for (const type of ['', 'text/plain', 'application/x-www-form-urlencoded']) {
        // oxlint-disable-next-line no-await-in-loop -- each is a case of its own
        const answer = await request(route, { ...good, 'content-type': type });
        assert.equal(answer.status, 415, type);
      }
      assert.equal(asked.length + shutdowns.length, before);
    });

    test(`${name}: a body above its limit is refused by name`, async () => {
      const answer = await request(route, {
        ...good,
        'content-length': String(route.bodyBytes + 1),
      });
      assert.equal(answer.status, 413);
      assert.match(await answer.text(), /PAYLOAD_TOO_LARGE/);
    });

    test(`${name}: a body that is no JSON object is refused`, async () => {
      for (const body of [
        '',
        'null',
        '[]',
        '"x"',
        '{"a":',
        '{"a": 1e400}',
        '{"a": 9007199254740993}',
      ]) {
        // oxlint-disable-next-line no-await-in-loop -- each is a case of its own
        const answer = await request(route, good, body);
        assert.equal(answer.status, 400, body);
        assert.match(await answer.text(), /INPUT_INVALID/);
      }
    });

    test(`${name}: a misspelt member is told, not passed over`, async () => {
      const answer = await request(route, good, '{"misspelt": 1}');
      assert.equal(answer.status, 400);
      assert.match(await answer.text(), /there is no misspelt/);
    });
  }
}

test('an unknown path is not found, and only for those who may know', async () => {
  assert.equal((await app.request('/v1/secrets', { headers: good })).status, 404);
  assert.equal((await app.request('/v1/secrets', { headers: { host: controlHost } })).status, 401);
});

test('no request that only reads is a POST, and none that changes anything is a GET', () => {
  for (const route of Object.values<Route>(routes)) {
    assert.equal(route.method, route.effect === 'reads' ? 'GET' : 'POST', route.path);
    assert.equal(route.bodyBytes > 0, route.effect === 'changes', route.path);
  }
});

const path = (route: Route): string => route.path.replace(/:\w+/, 'some');

function request(
  route: Route,
  headers: { [name: string]: string },
  body = '{}',
): Response | Promise<Response> {
  const { method } = route;
  return app.request(path(route), { method, headers, ...(method === 'POST' ? { body } : {}) });
}
