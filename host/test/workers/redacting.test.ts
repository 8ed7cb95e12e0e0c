import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Frame, Json } from '@capstan/protocol';
import { HostError } from '../../src/errors.ts';
import { Redactor, TextStream } from '../../src/secrets/index.ts';
import type { CallOutcome } from '../../src/workers/index.ts';
import type { LiveWorker } from '../../src/workers/live-worker.ts';
import { RedactingWorker, redactedFailure, redactionOf } from '../../src/workers/redacting.ts';

const secret = 'sk-live-0123456789';
const redactor = new Redactor({ KEY: secret, CODE: '90210' });
const encoded = Buffer.from(secret).toString('base64');

/** A worker that says these frames, and then this. */
function saying(frames: Frame[], outcome: CallOutcome, chunks: Json[] = []): LiveWorker {
  const exit = {
    code: 1,
    signal: null,
    message: `died of ${secret}`,
    category: 'fatal',
    survivors: [],
  };
  const hears = async (options: { onFrame?: (frame: Frame) => unknown } | undefined) => {
    for (const frame of frames) options?.onFrame?.(frame);
    return outcome;
  };
  return {
    session: 'wrk_1',
    pid: 1,
    address: '',
    dialect: 'capstan',
    isAlive: true,
    exited: Promise.resolve(exit),
    call: async (request: Parameters<LiveWorker['call']>[0]) => {
      for (const chunk of chunks) void request.onChunk?.(chunk, 10);
      return hears(request);
    },
    ask: (_method: string, _path: string, _body: Json, options: Parameters<LiveWorker['ask']>[3]) =>
      hears(options),
    request: () => Promise.reject(new HostError('WORKER_PROTOCOL', `no ${secret}`)),
    cancel: () => Promise.resolve(),
    stop: () => Promise.resolve(exit),
    lastLines: () => [`last ${secret}`],
  } as unknown as LiveWorker;
}

const call = { callId: 'c', target: { action: 'a' }, kwargs: {} };

test('a secret is taken out of progress, accounts, usage, chunks and the result', async () => {
  const frames: Frame[] = [];
  const chunks: Json[] = [];
  const worker = new RedactingWorker(
    saying(
      [
        { event: 'progress', progress: 0.5, message: `at ${secret}` },
        { event: 'usage', usage: { [`of ${secret}`]: 3, zip: 90210, tokens: 7 } },
        { event: 'account', type: `used ${encoded}`, payload: { [secret]: [secret] } },
      ],
      { kind: 'result', value: { text: `it is ${encoded}`, size: 90210 } },
      [`part ${secret}`, { deep: encoded }],
    ),
    redactor,
    '/calls',
  );
  const outcome = await worker.call({
    ...call,
    onFrame: (frame) => void frames.push(frame),
    onChunk: (chunk) => void chunks.push(chunk),
  });
  assert.deepEqual(outcome, {
    kind: 'result',
    value: { text: 'it is [secret KEY]', size: '[secret CODE]' },
  });
  assert.deepEqual(frames, [
    { event: 'progress', progress: 0.5, message: 'at [secret KEY]' },
    { event: 'usage', usage: { 'of [secret KEY]': 3, tokens: 7 } },
    {
      event: 'account',
      type: 'used [secret KEY]',
      payload: { '[secret KEY]': ['[secret KEY]'] },
    },
  ]);
  assert.deepEqual(chunks, ['part [secret KEY]', { deep: '[secret KEY]' }]);
});

test('a secret is taken out of each text of an error, and what decides stays', async () => {
  const error = {
    category: 'transient',
    code: 'TOOL_FAILED',
    message: `bad ${secret}`,
    hint: `use ${secret}`,
    retriable: true,
    retryAfterS: 90210,
    fieldsInvalid: [secret],
    shortfall: { resource: secret, needed: 90210, available: null },
    exception: `ValueError(${JSON.stringify(secret)})`,
    traceback: `File x\n  ${secret}`,
    occurredAt: '2026-01-01T00:00:00Z',
  } as const;
  const worker = new RedactingWorker(
    saying([], { kind: 'error', error: { ...error, fieldsInvalid: [secret] } }),
    redactor,
    '/calls',
  );
  const outcome = await worker.ask('POST', '/initialize');
  assert.ok(outcome.kind === 'error');
  assert.doesNotMatch(JSON.stringify(outcome), /sk-live/);
  const { category, retriable, retryAfterS, shortfall, fieldsInvalid, code } = outcome.error;
  assert.deepEqual(
    [category, retriable, retryAfterS, shortfall?.needed, fieldsInvalid, code],
    ['transient', true, 90210, 90210, ['[secret KEY]'], 'TOOL_FAILED'],
  );
});

test('a secret is taken out of how a worker ended, of its last lines and of what is thrown', async () => {
  const worker = new RedactingWorker(
    saying([], { kind: 'result', value: null }),
    redactor,
    '/calls',
  );
  assert.equal((await worker.exited).message, 'died of [secret KEY]');
  assert.equal((await worker.stop()).message, 'died of [secret KEY]');
  assert.deepEqual(worker.lastLines(), ['last [secret KEY]']);
  await assert.rejects(worker.request('GET', '/config'), { message: 'no [secret KEY]' });
});

test('a failed start keeps its code and loses its secrets, in the message, hint and details', () => {
  const failed = new HostError('WORKER_START_FAILED', `it printed ${secret}`, {
    hint: `try ${encoded}`,
    details: { output: [secret], exitCode: 3, error: { traceback: secret } },
    cause: new Error(secret),
  });
  const shown = redactedFailure(failed, redactor);
  assert.ok(shown instanceof HostError);
  assert.equal(shown.code, 'WORKER_START_FAILED');
  assert.equal(shown.cause, undefined);
  assert.equal(shown.details['exitCode'], 3);
  assert.doesNotMatch(
    `${shown.message} ${shown.hint} ${JSON.stringify(shown.details)} ${shown.stack}`,
    /sk-live|c2stbGl2/,
  );
});

test('a secret is taken out of lines and of each text of a log record', () => {
  const redact = redactionOf({ redactor });
  const line = redact?.({
    stream: 'stderr',
    text: `{"message":"${secret}"}`,
    record: {
      ts: '2026-01-01T00:00:00Z',
      level: 'info',
      logger: `log.${secret}`,
      message: `m ${secret}`,
      excText: `Traceback ${encoded}`,
      callId: 'call_1',
    },
  });
  assert.doesNotMatch(JSON.stringify(line), /sk-live|c2stbGl2/);
  assert.equal(line?.record?.callId, 'call_1');
});

test('a line that was cut in the middle of a secret does not end with its beginning', () => {
  const redact = redactionOf({ redactor });
  const text = `${'x'.repeat(100)}${secret.slice(0, 11)} … (line cut, 7000 bytes more)`;
  assert.equal(
    redact?.({ stream: 'stdout', text }).text,
    `${'x'.repeat(100)}[secret KEY] … (line cut, 7000 bytes more)`,
  );
});

test('where there is no secret there is nothing in the way', () => {
  assert.equal(redactionOf({ redactor: new Redactor() }), undefined);
  assert.equal(redactionOf({}), undefined);
});

test('a result that came as a file of JSON is redacted too, in the folder of its call only', async (context) => {
  const calls = await mkdtemp(join(tmpdir(), 'capstan-redact-'));
  context.after(() => rm(calls, { recursive: true, force: true }));
  const folder = join(calls, 'c');
  await mkdir(folder);
  const document = {
    records: Array.from({ length: 40_000 }, (_, n) => ({
      n,
      key: n % 1000 === 7 ? secret : `plain "${n}" \\ text`,
      code: n === 777 ? 90210 : 1,
    })),
  };
  const text = JSON.stringify(document);
  const paths = {
    result: join(folder, 'result.json'),
    clean: join(folder, 'clean.json'),
    image: join(folder, 'image.png'),
    outside: join(calls, 'outside.json'),
    link: join(folder, 'link.json'),
  };
  await writeFile(paths.result, text);
  await writeFile(paths.clean, '{"a": 1}');
  await writeFile(paths.image, secret);
  await writeFile(paths.outside, secret);
  await symlink(paths.outside, paths.link);
  const file = (path: string, mediaType = 'application/json'): Json => ({
    __wire__: 'capstan.file',
    data: { path, mediaType },
  });
  const value = [
    file(paths.result),
    file(paths.clean),
    file(paths.image, 'image/png'),
    file(paths.outside),
    file(paths.link),
    file(join(folder, 'gone.json')),
  ];
  const worker = new RedactingWorker(
    saying([], { kind: 'result', value }, [value]),
    redactor,
    calls,
  );
  const chunks: Json[] = [];
  assert.deepEqual(await worker.call({ ...call, onChunk: (chunk) => void chunks.push(chunk) }), {
    kind: 'result',
    value,
  });
  const redacted = JSON.parse(await readFile(paths.result, 'utf8')) as typeof document;
  assert.equal(redacted.records.length, 40_000);
  assert.equal(redacted.records[7]?.key, '[secret KEY]');
  assert.equal(redacted.records[39_007]?.key, '[secret KEY]');
  assert.equal(redacted.records[8]?.key, document.records[8]?.key);
  assert.equal(redacted.records[777]?.code, 99_999);
  assert.equal(await readFile(paths.clean, 'utf8'), '{"a": 1}');
  assert.equal(
    await readFile(paths.image, 'utf8'),
    secret,
    'other files are as the tool made them',
  );
  assert.equal(
    await readFile(paths.outside, 'utf8'),
    secret,
    'no link and no other folder is followed',
  );
  assert.deepEqual((await readdir(folder)).length, 4, 'nothing is left beside them');
});

test('a text that comes in pieces is redacted wherever it is cut', () => {
  const whole = `"${'x'.repeat(700_000)}${secret}${'\\u0079'.repeat(60_000)}${encodeURIComponent(secret)}"`;
  for (const size of [1000, 65_536, 524_288 + 700_000 - 9]) {
    const stream = new TextStream(redactor);
    let shown = '';
    for (let at = 0; at < whole.length; at += size)
      shown += stream.push(whole.slice(at, at + size));
    shown += stream.end();
    assert.equal(shown, whole.replaceAll(secret, '[secret KEY]'), `in pieces of ${size}`);
    assert.equal(stream.hasTaken, true);
  }
});
