import assert from 'node:assert/strict';
import type { WireError } from '@capstan/protocol';
import type { Check } from '../subject.ts';
import { until, withWorker } from '../worker.ts';

export const callChecks: Check[] = [
  {
    name: 'executes an action and fills in defaults',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        assert.equal((await worker.execute('add', { a: 2 })).json, 3);
        assert.equal((await worker.execute('add', { a: 2, b: 40.5 })).json, 42.5);
        const value = { text: 'é𝄞\u0000', list: [1, null, true], nested: { '': {} } };
        assert.deepEqual((await worker.execute('echo', { value })).json, value);
        const raw = '{"args":[],"kwargs":{"action":"echo","value":{"__proto__":{"a":1}}}}';
        const odd = await worker.ask('POST', '/execute', undefined, { raw });
        assert.equal(odd.text.replaceAll(' ', ''), '{"__proto__":{"a":1}}');
      }),
  },
  {
    name: 'streams progress as it happens, then exactly one result',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const frames = await worker.frames('count', { to: 2 });
        assert.deepEqual(frames, [
          { event: 'progress', progress: 0.5, message: '1 of 2' },
          { event: 'progress', progress: 1, message: '2 of 2' },
          { event: 'result', value: [1, 2] },
        ]);
      }),
  },
  {
    name: 'streams usage and accounts of the call',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const usage = await worker.frames('usage', { unit: 'tokens', amount: 12 });
        assert.deepEqual(usage[0], { event: 'usage', usage: { tokens: 12 } });
        const account = await worker.frames('account', { type: 'page_read', payload: { page: 3 } });
        assert.deepEqual(account, [
          { event: 'account', type: 'page_read', payload: { page: 3 } },
          { event: 'result', value: null },
        ]);
      }),
  },
  {
    name: 'streams chunks, and ends a stream with its error',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const chunksOf = (frames: Awaited<ReturnType<typeof worker.frames>>) =>
          frames.flatMap((frame) => (frame.event === 'chunk' ? [frame.value] : []));
        const whole = await worker.frames('count', { to: 3 }, {}, '/execute_stream');
        assert.deepEqual(chunksOf(whole), [1, 2, 3]);
        assert.deepEqual(whole.at(-1), { event: 'result', value: null });
        const broken = await worker.frames('count', { to: 3, fail_at: 3 }, {}, '/execute_stream');
        assert.deepEqual(chunksOf(broken), [1, 2]);
        const last = broken.at(-1);
        assert.equal(last?.event === 'error' && last.error.message, 'conformance: stop at 3');
        const single = await worker.frames('add', { a: 1 }, {}, '/execute_stream');
        assert.deepEqual(chunksOf(single), [2]);
      }),
  },
  {
    name: 'shows the progress of calls in flight to those who ask',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const running = worker.execute(
          'sleep',
          { ms: 30_000 },
          { headers: { 'capstan-call': 'sleeper' } },
        );
        await until('the call is listed', async () => {
          const { json } = await worker.ask('GET', '/progress');
          return json.calls.sleeper !== undefined;
        });
        await worker.ask('POST', '/cancel', {});
        await running;
        assert.deepEqual((await worker.ask('GET', '/progress')).json, { calls: {} });
      }),
  },
  {
    name: 'keeps the envelope within its call, also when calls overlap',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const envelopes = Array.from({ length: 8 }, (_, index) =>
          index % 3 === 2 ? undefined : { job_id: `job_${index}`, control: { index } },
        );
        const answers = await Promise.all(
          envelopes.map((envelope, index) =>
            worker.execute(
              'whoami',
              { ms: 50 },
              { headers: { 'capstan-call': `call_${index}` }, envelope },
            ),
          ),
        );
        for (const [index, { json }] of answers.entries()) {
          const expected = envelopes[index] ?? null;
          assert.deepEqual(json, { call: `call_${index}`, before: expected, after: expected });
        }
        const unknown = { job_id: 'job_1', later: true };
        assert.deepEqual((await worker.execute('whoami', {}, { envelope: unknown })).json.before, {
          job_id: 'job_1',
        });
        assert.equal((await worker.execute('whoami')).json.before, null);
      }),
  },
  {
    name: 'names the fields of a wrong input',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        for (const [input, fields] of [
          [{}, ['a']],
          [{ a: 'one' }, ['a']],
          [{ a: 1, c: 2 }, ['c']],
          [{ b: null, z: 1 }, ['a', 'b', 'z']],
        ] as const) {
          const { status, json } = await worker.execute('add', input);
          assert.equal(status, 500);
          assert.equal(json._job_error.category, 'input');
          assert.equal(json._job_error.code, 'INPUT_INVALID');
          assert.deepEqual(json._job_error.fieldsInvalid.toSorted(), fields);
        }
        const { json } = await worker.execute('sleep', { ms: 1, honour: 'never' });
        assert.deepEqual(json._job_error.fieldsInvalid, ['honour']);
        assert.match(json._job_error.message, /raise/);
      }),
  },
  {
    name: 'refuses an unknown action and suggests the nearest',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const { status, json } = await worker.execute('ecko', { value: 1 });
        assert.equal(status, 500);
        assert.equal(json._job_error.category, 'input');
        assert.equal(json._job_error.code, 'ACTION_NOT_FOUND');
        assert.deepEqual(json._job_error.fieldsInvalid, ['action']);
        assert.match(json._job_error.message, /"echo"/);
      }),
  },
  {
    name: 'classifies what a tool raises',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const raised = async (kind: string) =>
          (await worker.execute('fail', { kind })).json._job_error;
        const expected = {
          input: ['input', 'INPUT_INVALID', false],
          transient: ['transient', 'TOOL_UNAVAILABLE', true],
          resource: ['resource', 'RESOURCE_EXHAUSTED', true],
          fatal: ['fatal', 'TOOL_FAILED', false],
          missing_file: ['input', 'INPUT_INVALID', false],
          refused: ['transient', 'TOOL_UNAVAILABLE', true],
          memory: ['resource', 'RESOURCE_EXHAUSTED', true],
          plain: ['fatal', 'TOOL_FAILED', false],
        };
        for (const [kind, [category, code, retriable]] of Object.entries(expected)) {
          const error = await raised(kind);
          assert.deepEqual(
            [error.category, error.code, error.retriable],
            [category, code, retriable],
            kind,
          );
        }
        assert.deepEqual((await raised('input')).fieldsInvalid, ['kind']);
        assert.equal((await raised('transient')).retryAfterS, 2.5);
        const { shortfall } = await raised('resource');
        assert.deepEqual(shortfall, { resource: 'gpu_vram_mb', needed: 4096, available: 1024 });
        const plain = await raised('plain');
        assert.match(plain.message, /conformance: plain/);
        assert.match(plain.exception, /conformance: plain/);
        assert.ok(plain.traceback.length > 0);
      }),
  },
  {
    name: 'writes log records with the id of their call, and leaves raw output alone',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const log = (call: string, message: string, level = 'info') =>
          worker.execute('log', { message, level }, { headers: { 'capstan-call': call } });
        await Promise.all([
          log('one', 'first\nline'),
          log('two', 'second', 'warning'),
          log('three', 'hushed', 'debug'),
        ]);
        await until(
          'both records',
          () => worker.records.filter(({ callId }) => callId !== undefined).length >= 2,
        );
        const ours = worker.records.filter(({ callId }) => callId !== undefined);
        const found = ours.map(({ callId, level, message }) => `${callId} ${level} ${message}`);
        assert.deepEqual(new Set(found), new Set(['one info first\nline', 'two warning second']));
        await until('the raw output', () => worker.stdout.includes('raw second'));
        assert.ok(!worker.stdout.includes('\u001e'));
      }),
  },
  {
    name: 'leaves a stream without a terminal frame when it dies',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        await assert.rejects(worker.frames('die'));
        assert.equal((await worker.exited).code, 3);
      }),
  },
  {
    name: 'keeps the message changing during a silent phase, and leaves the progress number alone',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        const frames = await worker.frames('heartbeat', { ms: 150 });
        const stamps = frames.flatMap((frame) => (frame.event === 'progress' ? [frame] : []));
        assert.ok(stamps.length >= 4, `${stamps.length} reports`);
        assert.deepEqual(new Set(stamps.map(({ progress }) => progress)), new Set([0.25]));
        for (const { message } of stamps.slice(1)) assert.match(message, /^loading \(\d+\.\d s\)$/);
        assert.equal(new Set(stamps.map(({ message }) => message)).size > 1, true);
        assert.deepEqual(frames.at(-1), { event: 'result', value: 'done' });
      }),
  },
  {
    name: 'takes progress, usage and accounts from work that the call has started elsewhere',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        assert.deepEqual(await worker.frames('background'), [
          { event: 'progress', progress: 0.5, message: 'from elsewhere' },
          { event: 'account', type: 'noted', payload: { elsewhere: true } },
          { event: 'usage', usage: { notes: 1 } },
          { event: 'result', value: null },
        ]);
      }),
  },
  {
    name: 'streams an action that returns its result at once as one chunk',
    run: (subject) =>
      withWorker(subject, async (worker) => {
        assert.deepEqual(await worker.frames('add', { a: 1 }, {}, '/execute_stream'), [
          { event: 'chunk', value: 2 },
          { event: 'result', value: null },
        ]);
      }),
  },
  {
    name: 'lets of an exception leave the worker what the host allows',
    run: async (subject) => {
      const found: { [policy: string]: WireError } = {};
      for (const tracebacks of ['repr-only', 'none'] as const) {
        // oxlint-disable-next-line no-await-in-loop -- one worker after the other
        await withWorker(
          subject,
          async (worker) => {
            found[tracebacks] = (await worker.execute('fail', { kind: 'plain' })).json._job_error;
            const { message } = (await worker.execute('fail', { kind: 'input' })).json._job_error;
            assert.equal(message, 'conformance: input', 'it is meant to be read');
          },
          { tracebacks },
        );
      }
      assert.match(found['repr-only']?.exception ?? '', /conformance: plain/);
      assert.equal(found['repr-only']?.traceback, undefined);
      assert.doesNotMatch(JSON.stringify(found['none']), /conformance: plain/);
      assert.equal(found['none']?.category, 'fatal');
    },
  },
];
