import assert from 'node:assert/strict';
import type { Check } from '../subject.ts';
import { type Answer, type Ask, type Worker, withWorker } from '../worker.ts';

/** A refusal has a status of its own, a WireError in the usual place, and leaves the worker unharmed. */
function assertRefused(answer: Answer, status: number, code: string): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json?._job_error?.code, code, answer.text);
  assert.equal(typeof answer.json._job_error.message, 'string');
}

/** Runs requests that must be refused, then asks whether the capability noticed anything. */
async function untouched(worker: Worker, work: () => Promise<void>): Promise<void> {
  await work();
  const { json } = await worker.execute('events');
  assert.deepEqual(json, [], 'the capability was touched');
}

const initialize = (worker: Worker, options: Ask): Promise<Answer> =>
  worker.ask('POST', '/initialize', {}, options);

export const doorChecks: Check[] = [
  {
    name: 'answers 401 without the token, and does not touch the capability',
    run: (subject) =>
      withWorker(subject, (worker) =>
        untouched(worker, async () => {
          const wrong = [
            undefined,
            'Bearer wrong',
            'Bearer ',
            'conformance-token',
            'Bearer conformance-tokem',
          ];
          for (const authorization of wrong) {
            assertRefused(
              await initialize(worker, { headers: { authorization } }),
              401,
              'UNAUTHORIZED',
            );
          }
          const health = await worker.ask('GET', '/health', undefined, {
            headers: { authorization: undefined },
          });
          assertRefused(health, 401, 'UNAUTHORIZED');
        }),
      ),
  },
  {
    name: 'refuses a foreign Host and a body that is not application/json',
    run: (subject) =>
      withWorker(subject, (worker) =>
        untouched(worker, async () => {
          for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io:80']) {
            assertRefused(await initialize(worker, { headers: { host } }), 403, 'REQUEST_INVALID');
          }
          assert.equal(
            (await worker.ask('GET', '/health', undefined, { headers: { host: '127.0.0.1:80' } }))
              .status,
            200,
          );
          for (const type of [
            'text/plain',
            'application/x-www-form-urlencoded',
            'application/jsonp',
            undefined,
          ]) {
            assertRefused(
              await initialize(worker, { headers: { 'content-type': type } }),
              415,
              'REQUEST_INVALID',
            );
          }
        }),
      ),
  },
  {
    name: 'refuses malformed JSON, and a body that is no object',
    run: (subject) =>
      withWorker(subject, (worker) =>
        untouched(worker, async () => {
          for (const raw of [
            '{',
            '{"a":NaN}',
            "{'a':1}",
            '[]',
            '"x"',
            '\u0000',
            Buffer.from([0x7b, 0xff, 0x7d]),
          ]) {
            assertRefused(await initialize(worker, { raw }), 400, 'REQUEST_INVALID');
          }
        }),
      ),
  },
  {
    name: 'refuses a body above 16 MiB, and JSON that is nested too deep',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const raw = `{"x":"${'x'.repeat(16 * 1024 * 1024)}"}`;
        assertRefused(
          await worker.ask('POST', '/execute', undefined, { raw }),
          413,
          'REQUEST_TOO_LARGE',
        );
        const deep = `{"kwargs":{"action":"echo","value":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`;
        const refused = await worker.ask('POST', '/execute', undefined, { raw: deep });
        assert.equal(refused.status, 400, refused.text);
        const shallow = `{"kwargs":{"action":"echo","value":${'['.repeat(150)}${']'.repeat(150)}}}`;
        assert.equal(
          (await worker.ask('POST', '/execute', undefined, { raw: shallow })).status,
          200,
        );
      }),
  },
  {
    name: 'refuses unknown endpoints, wrong verbs and malformed headers of a call',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        assertRefused(await worker.ask('GET', '/nothing'), 404, 'REQUEST_INVALID');
        assertRefused(await worker.ask('GET', '/execute'), 405, 'REQUEST_INVALID');
        assertRefused(await worker.ask('POST', '/health', {}), 405, 'REQUEST_INVALID');
        const bad = [
          { 'capstan-call': '../x' },
          { 'capstan-deadline-ms': 'soon' },
          { 'capstan-fence': '-1' },
        ];
        for (const headers of bad) {
          assertRefused(
            await worker.execute('echo', { value: 1 }, { headers }),
            400,
            'REQUEST_INVALID',
          );
        }
      }),
  },
  {
    name: 'refuses a fence lower than one it has seen',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const echo = (fence: string) =>
          worker.execute('echo', { value: 1 }, { headers: { 'capstan-fence': fence } });
        assert.equal((await echo('7')).status, 200);
        assert.equal((await echo('7')).status, 200);
        assertRefused(await echo('6'), 412, 'FENCED');
        assert.equal((await echo('8')).status, 200);
      }),
  },
  {
    name: 'keeps a connection open for the next request',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const { headers } = await worker.ask('GET', '/health', undefined, {
          headers: { connection: 'keep-alive' },
        });
        assert.notEqual(headers.connection, 'close');
      }),
  },
];
