import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostError } from '../../src/errors.ts';
import { controlApp } from '../../src/http/control.ts';
import { controlHost } from '../../src/http/door.ts';
import type { Served } from '../../src/http/handlers.ts';
import { askedHost } from './asked-host.ts';

const token = 'the-right-token';
const headers = {
  host: controlHost,
  authorization: `Bearer ${token}`,
  'content-type': 'application/json',
};

interface Line {
  type: string;
  [member: string]: unknown;
}

function served(answers: Partial<Served> = {}) {
  const { host, asked } = askedHost(answers);
  const app = controlApp({ host, token, health: () => ({}), shutdown: () => {} });
  const ask = async (path: string, body: unknown, signal?: AbortSignal) =>
    app.request(path, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    });
  const post = async (path: string, body: unknown): Promise<Line[]> => {
    const text = await (await ask(path, body)).text();
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line)
      .filter(({ type }) => type !== 'open' && type !== 'end');
  };
  return { post, ask, asked };
}

/** What was asked, without what only this process can hand on. */
const plain = (asked: unknown[][]): unknown => JSON.parse(JSON.stringify(asked));

test('a load is handed to the host as it was asked for, and answered with the instance', async () => {
  const { post, asked } = served();
  const request = {
    capability: 'speech',
    instance: 'speech-b',
    set: { model: 'large' },
    adapters: ['a:B'],
    slots: 2,
    lenient: true,
    env: { ORDER: 'bus' },
    actor: 'me',
  };
  assert.deepEqual(await post('/v1/load', request), [
    { type: 'answer', answer: { instance: { instance: 'speech', state: 'ready' } } },
  ]);
  assert.deepEqual(plain(asked), [['load', request, { signal: {} }]]);
});

test('a long answer tells on the way how far it is, the latest last', async () => {
  const { post } = served({
    prefetch: async (_, options) => {
      options?.onProgress?.(0.2, 'a');
      await new Promise((resolve) => setImmediate(resolve));
      options?.onProgress?.(0.4, 'b');
      options?.onProgress?.(0.6, 'c');
      return { status: 'prefetched' };
    },
  });
  const lines = await post('/v1/instances/speech/prefetch', {});
  assert.deepEqual(lines.at(-1), {
    type: 'answer',
    answer: { prefetch: { status: 'prefetched' } },
  });
  const told = lines.filter(({ type }) => type === 'progress').map(({ message }) => message);
  assert.deepEqual([told[0], told.at(-1)], ['a', 'c']);
});

test('what the host refuses ends the answer as its error', async () => {
  const { post } = served({
    reload: () => {
      throw new HostError('INSTANCE_NOT_FOUND', 'no such instance', { hint: 'did you mean "x"?' });
    },
  });
  const [line] = await post('/v1/instances/y/reload', { stopFirst: true });
  assert.equal(line?.type, 'error');
  assert.partialDeepStrictEqual(line['error'], {
    code: 'INSTANCE_NOT_FOUND',
    hint: 'did you mean "x"?',
  });
});

test('of several each is answered with its instance or its error', async () => {
  const { post, asked } = served({
    loadAll: () => [
      { key: 'a', kind: 'failed', error: new HostError('CONFIG_INVALID', 'wrong') },
      { key: 'b', kind: 'loaded', instance: { instance: 'b' } as never },
    ],
  });
  const [line] = await post('/v1/loads', {
    requests: [{ capability: 'a' }, { capability: 'b' }],
    concurrency: 2,
    failFast: false,
  });
  assert.partialDeepStrictEqual(line, {
    type: 'answer',
    answer: {
      results: [
        { key: 'a', kind: 'failed', error: { code: 'CONFIG_INVALID', message: 'wrong' } },
        { key: 'b', kind: 'loaded', instance: { instance: 'b' } },
      ],
    },
  });
  const { signal: _, ...options } = (asked[0]?.[2] ?? {}) as { signal?: AbortSignal };
  assert.deepEqual(options, { concurrency: 2, failFast: false });
});

test('a client that leaves is heard by the work', async () => {
  const left = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const { ask } = served({
    load: (_, options) =>
      new Promise((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () => {
          left.resolve();
          reject(new HostError('CANCELLED', 'left'));
        });
        begun.resolve();
      }),
  });
  const response = await ask('/v1/load', { capability: 'speech' });
  await begun.promise;
  await response.body?.cancel();
  await left.promise;
});

test('what is misspelt or of another kind is told with its place', async () => {
  const { ask } = served();
  const cases: [path: string, body: unknown, says: RegExp][] = [
    ['/v1/load', { capabilty: 'x' }, /there is no capabilty/],
    ['/v1/load', {}, /capability is not a text/],
    ['/v1/load', { capability: 'x', env: { A: 1 } }, /env is not an object of texts/],
    ['/v1/load', { capability: 'x', adapters: 'a' }, /adapters is not a list of texts/],
    ['/v1/loads', { requests: [{}] }, /requests\[0\]\.capability is not a text/],
    ['/v1/instances/x/env', { env: { A: 1 } }, /env is not an object of texts and nulls/],
    ['/v1/instances/x/config', { sett: {} }, /there is no sett/],
    ['/v1/unloads', { ids: 'x' }, /ids is not a list of texts/],
  ];
  for (const [path, body, says] of cases) {
    // oxlint-disable-next-line no-await-in-loop -- each is a case of its own
    const response = await ask(path, body);
    assert.equal(response.status, 400);
    // oxlint-disable-next-line no-await-in-loop -- see above
    assert.match(await response.text(), says);
  }
});
