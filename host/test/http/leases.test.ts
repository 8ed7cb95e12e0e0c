import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlApp } from '../../src/http/control.ts';
import type { AcquireAnswer, Leases, Waits } from '../../src/index.ts';
import { askedHost, type Call } from './asked-host.ts';

const headers = {
  host: 'capstan.localhost',
  authorization: 'Bearer t',
  'content-type': 'application/json',
};

async function ask(method: 'GET' | 'POST', path: string, body?: unknown, leases?: Leases) {
  const { host, asked } = askedHost(leases === undefined ? {} : { leases });
  const app = controlApp({ host, token: 't', health: () => ({}), shutdown: () => {} });
  const response = await app.request(path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text(), asked };
}

const claims = [
  { kind: 'name', name: 'name:x', mode: 'exclusive' },
  { kind: 'quantity', resource: 'ram', amount: 5 },
  { kind: 'region', tree: '/t', patterns: ['src'], mode: 'shared' },
];

test('a refusal is an answer of the desk, not an error of the door', async () => {
  const body = { holder: 'me', alternatives: [claims], runId: 'run_1' };
  const { status, text, asked } = await ask('POST', '/v1/leases', body);
  assert.equal(status, 200);
  assert.equal(JSON.parse(text).answer.code, 'NAME_HELD');
  assert.deepEqual(asked, [['acquire', body]] satisfies Call[]);
});

test('what is no request for a lease is refused by the name of what is wrong', async () => {
  const wrong: [unknown, RegExp][] = [
    [{ alternatives: [claims] }, /holder is not a text/],
    [{ holder: 'me' }, /alternatives is not a list of lists/],
    [{ holder: 'me', alternatives: [{}] }, /alternatives\[0\] is not a list of objects/],
    [{ holder: 'me', alternatives: [[{ kind: 'x' }]] }, /alternatives\[0\]\[0\]\.kind/],
    [
      { holder: 'me', alternatives: [[{ kind: 'name', name: 'x', mode: 'mine' }]] },
      /\[0\]\.mode is not one of shared, exclusive/,
    ],
    [
      { holder: 'me', alternatives: [[{ kind: 'quantity', resource: 'ram', amount: '5' }]] },
      /amount is not a number/,
    ],
    [{ holder: 'me', alternatives: [claims], capacity: {} }, /there is no capacity/],
    [{ holder: 'me', alternatives: [claims], parent: { id: 'l' } }, /parent\.secret/],
    [{ holder: 'me', alternatives: [claims], waitMs: 'long' }, /waitMs is not a number/],
  ];
  for (const [body, says] of wrong) {
    // oxlint-disable-next-line no-await-in-loop -- one question after the other
    const { status, text, asked } = await ask('POST', '/v1/leases', body);
    assert.equal(status, 400, text);
    assert.match(JSON.parse(text).error.message, says);
    assert.deepEqual(asked, []);
  }
});

test('each change names the lease in its path and the right to it in its body', async () => {
  const cases: [string, object, Call][] = [
    ['release', { secret: 's' }, ['release', 'lse_1', { secret: 's' }]],
    ['release', { operator: 'o' }, ['release', 'lse_1', { operator: 'o' }]],
    [
      'renew',
      { secret: 's', termMs: 5, floorMs: 1 },
      ['renew', 'lse_1', { secret: 's' }, { termMs: 5, floorMs: 1 }],
    ],
    [
      'adopt',
      { operator: 'o', holder: 'h', pid: 7 },
      ['adopt', 'lse_1', { operator: 'o' }, { holder: 'h', pid: 7 }],
    ],
    ['halt', { reason: 'r', by: 'b' }, ['halt', 'lse_1', { reason: 'r', by: 'b' }]],
    ['check', { token: 3, path: 'a' }, ['check', 'lse_1', { token: 3, path: 'a' }]],
  ];
  for (const [what, body, expected] of cases) {
    // oxlint-disable-next-line no-await-in-loop -- one question after the other
    const { status, asked } = await ask('POST', `/v1/leases/lse_1/${what}`, body);
    assert.equal(status, 200);
    assert.deepEqual(asked, [expected]);
  }
  const neither = await ask('POST', '/v1/leases/lse_1/release', {});
  assert.equal(neither.status, 400);
  assert.match(neither.text, /neither a secret nor an operator/);
});

test('the ledgers are read by their own requests', async () => {
  const log = await ask('GET', '/v1/lease-log?from=3&limit=2&ledger=machine');
  assert.deepEqual(log.asked, [['log', { fromSeq: 3, limit: 2, ledger: 'machine' }]]);
  assert.equal((await ask('GET', '/v1/lease-log?ledger=mine')).status, 400);
  assert.deepEqual((await ask('GET', '/v1/leases')).asked, [['list']]);
  assert.deepEqual((await ask('POST', '/v1/lease-log/compact', {})).asked, [['compact']]);
  assert.deepEqual((await ask('GET', '/v1/lease-log/verify')).asked, [['verify']]);
});

const granted = { kind: 'granted', lease: { id: 'lse_1' }, secret: 's' } as AcquireAnswer;
const why = {
  kind: 'waiting',
  code: 'NAME_HELD',
  reason: 'held',
  blockers: [],
} as unknown as Waits;

/** Leases that are granted once somebody says so; `released` hears of those that are given back. */
function slowLeases(go: Promise<void>, released: string[]): Leases {
  const acquire: Leases['acquire'] = async (_, wait) => {
    wait?.onWaiting?.(why);
    await go;
    return granted;
  };
  const release: Leases['release'] = async (id) => {
    released.push(id);
    return { kind: 'refused', code: 'LEASE_OVER', reason: '', hint: '' };
  };
  return { acquire, release } as unknown as Leases;
}

test('one that waits hears why, and at last what came of it', async () => {
  const released: string[] = [];
  const go = Promise.withResolvers<void>();
  setImmediate(go.resolve);
  const body = { holder: 'me', alternatives: [claims], waitMs: 1000 };
  const { text } = await ask('POST', '/v1/leases', body, slowLeases(go.promise, released));
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string });
  assert.deepEqual(
    lines.map(({ type }) => type),
    ['open', 'waiting', 'answer', 'end'],
  );
  assert.deepEqual(released, []);
});

test('a lease whose secret nobody can hear any more is given back', async () => {
  const released: string[] = [];
  const go = Promise.withResolvers<void>();
  const { host } = askedHost({ leases: slowLeases(go.promise, released) });
  const app = controlApp({ host, token: 't', health: () => ({}), shutdown: () => {} });
  const response = await app.request('/v1/leases', {
    method: 'POST',
    headers,
    body: JSON.stringify({ holder: 'me', alternatives: [claims], waitMs: 1000 }),
  });
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  go.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(released, ['lse_1']);
});
