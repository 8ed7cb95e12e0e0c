import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { filesIn, type Json } from '@capstan/protocol';
import type { Host } from '../../src/host-surface.ts';
import type { JobStream } from '../../src/queue/index.ts';
import { openReader } from '../../src/workspace-view.ts';
import { untilNoted } from './noted.ts';
import { languages, streamingHost } from './streaming-host.ts';

async function all(stream: JobStream): Promise<Json[]> {
  const values: Json[] = [];
  for await (const value of stream) values.push(value);
  return values;
}

const pidOf = (host: Host, capability: string): number => {
  const found = host.instances().find((instance) => instance.capability === capability);
  return found?.pid ?? 0;
};

for (const language of languages) {
  test(`${language}: the values of an action come as it makes them, in order`, async (t) => {
    const { host } = await streamingHost(t);
    const values = await all(
      host.stream({ capability: language, action: 'count', input: { upTo: 5_000 } }),
    );
    assert.deepEqual(
      values,
      Array.from({ length: 5_000 }, (_, n) => n),
    );
    const single = host.stream({ capability: language, action: 'single' });
    assert.deepEqual(await all(single), [{ only: 'one' }], 'an action of one result has one value');
  });

  test(`${language}: leaving the loop stops the tool, and its worker goes on with others`, async (t) => {
    const { host, root } = await streamingHost(t);
    const log = join(root, 'log');
    const stream = host.stream({ capability: language, action: 'count', input: { log } });
    let seen = 0;
    for await (const _ of stream) if (++seen === 1_000) break;
    assert.equal(host.job(await stream.jobId).state, 'cancelled');
    await untilNoted(log, 'stopped');
    const pid = pidOf(host, language);
    assert.deepEqual(await all(host.stream({ capability: language, action: 'single' })), [
      { only: 'one' },
    ]);
    assert.equal(pidOf(host, language), pid, 'it was asked, and not killed');
  });

  test(`${language}: a reader that takes its time holds up the tool, at no cost of memory`, async (t) => {
    const { host, root } = await streamingHost(t);
    const log = join(root, 'log');
    const input = { count: 5_000, size: 100_000 };
    const before = process.memoryUsage().rss;
    const stream = host.stream({ capability: language, action: 'chunks', input });
    const slow = host.stream({
      capability: language,
      action: 'count',
      input: { log, upTo: 10 ** 6 },
    });
    await stream.next();
    await slow.next();
    await delay(1_500);
    const grown = (process.memoryUsage().rss - before) / 2 ** 20;
    assert.ok(grown < 150, `${grown} MB for a stream of 500 MB that nobody reads`);
    assert.ok(
      !readFileSync(log, 'utf8').includes('ended'),
      'the tool has not run ahead to its end',
    );
    await stream.return();
    await slow.return();
  });

  test(`${language}: a tool that breaks ends its stream with its error, after the values before it`, async (t) => {
    const { host } = await streamingHost(t);
    const values: Json[] = [];
    const reading = (async () => {
      const stream = host.stream({ capability: language, action: 'breaks', input: { after: 3 } });
      for await (const value of stream) values.push(value);
    })();
    await assert.rejects(reading, { name: 'HostError', message: /the string broke/ });
    assert.deepEqual(values, [0, 1, 2]);
  });

  test(`${language}: a worker that dies in the midst of a stream is lost, and nothing is repeated`, async (t) => {
    const { host } = await streamingHost(t);
    const values: Json[] = [];
    const stream = host.stream({ capability: language, action: 'dies' });
    const reading = (async () => {
      for await (const value of stream) values.push(value);
    })();
    await assert.rejects(reading, { code: 'WORKER_LOST' });
    assert.deepEqual(values, ['last words']);
    const { attempt, state } = host.job(await stream.jobId);
    assert.deepEqual([attempt, state], [1, 'failed']);
  });

  test(`${language}: files among the values become artifacts as they come`, async (t) => {
    const { host, root } = await streamingHost(t);
    const stream = host.stream({ capability: language, action: 'files', input: { count: 3 } });
    let n = 0;
    for await (const value of stream) {
      const [file] = filesIn(value);
      assert.ok(file !== undefined);
      assert.ok(file.path.startsWith(join(root, '.capstan', 'artifacts')), file.path);
      assert.equal(readFileSync(file.path, 'utf8'), `part ${n}`);
      assert.match(file.sha256 ?? '', /^[0-9a-f]{64}$/);
      n += 1;
    }
    const jobId = await stream.jobId;
    const view = openReader(root);
    t.after(() => view.close());
    assert.deepEqual(
      view.job(jobId).artifacts.map(({ name }) => name),
      ['part-0.txt', 'part-1.txt', 'part-2.txt'],
    );
  });

  test(`${language}: what a stream used and accounted for is kept as that of any call`, async (t) => {
    const { host, root } = await streamingHost(t);
    const stream = host.stream({ capability: language, action: 'uses' });
    assert.deepEqual(await all(stream), ['one', 'two']);
    const jobId = await stream.jobId;
    const view = openReader(root);
    t.after(() => view.close());
    const [account] = view.journal({ jobId, eventType: 'task_account' });
    assert.deepEqual(account?.payload, { type: 'page', payload: { n: 1 } });
    const [profile] = view.profiles();
    assert.deepEqual(
      [profile?.instance, profile?.calls, profile?.completed, profile?.usage],
      [language, 1, 1, { tokens: 7, pages: 1 }],
    );
    assert.deepEqual((await view.replayCheck()).problems, []);
  });
}

test('a file that no call made ends its stream, with an error of its own, before anybody sees it', async (t) => {
  const { host } = await streamingHost(t);
  const values: Json[] = [];
  const reading = (async () => {
    const stream = host.stream({ capability: 'node', action: 'strays' });
    for await (const value of stream) values.push(value);
  })();
  await assert.rejects(reading, { code: /FILE_OUTSIDE_CALL_DIR|VALUE_INVALID/ });
  assert.deepEqual(values, ['fine']);
});

test('a method of a task is streamed as an action is, and leaves its account', async (t) => {
  const { host, root } = await streamingHost(t);
  const stream = host.stream({
    capability: 'node',
    task: 'counting',
    method: 'up',
    input: { to: 4 },
  });
  assert.deepEqual(await all(stream), [0, 1, 2, 3]);
  const view = openReader(root);
  t.after(() => view.close());
  const [account] = view.journal({ jobId: await stream.jobId, eventType: 'task_account' });
  assert.equal(account?.workerReported, true);
  assert.partialDeepStrictEqual(account.payload, { task: 'counting', method: 'up', ok: true });
});

test('the deadline of a stream ends it, however slowly it is read', async (t) => {
  const { host } = await streamingHost(t);
  await all(host.stream({ capability: 'node', action: 'single' }));
  const stream = host.stream({ capability: 'node', action: 'count', deadlineMs: 300 });
  await stream.next();
  await delay(600);
  const reading = (async () => {
    for await (const _ of stream);
  })();
  await assert.rejects(reading, { code: 'DEADLINE_EXCEEDED' });
});

test('a stream that is cancelled while its reader sleeps ends without force', async (t) => {
  const { host, root } = await streamingHost(t);
  const stream = host.stream({ capability: 'node', action: 'count' });
  await stream.next();
  const pid = pidOf(host, 'node');
  const jobId = await stream.jobId;
  await host.cancel(jobId, 'enough');
  assert.equal((await host.wait(jobId)).state, 'cancelled');
  assert.equal(pidOf(host, 'node'), pid);
  const view = openReader(root);
  t.after(() => view.close());
  const phases = view.journal({ jobId, eventType: 'job_cancel_phase' });
  assert.deepEqual(
    phases.map(({ payload }) => payload['to']),
    ['cooperative', 'done'],
  );
});

test('streams side by side do not hold each other up', async (t) => {
  const { host } = await streamingHost(t);
  const idle = host.stream({ capability: 'node', action: 'count' });
  await idle.next();
  const busy = await all(
    host.stream({ capability: 'node', action: 'count', input: { upTo: 20_000 } }),
  );
  assert.equal(busy.length, 20_000);
  await idle.return();
});

test('a host that is closed ends its streams, and the tool with them', async (t) => {
  const { host, root } = await streamingHost(t);
  const log = join(root, 'log');
  const stream = host.stream({ capability: 'node', action: 'count', input: { log } });
  await stream.next();
  const jobId = await stream.jobId;
  const reading = (async () => {
    for await (const _ of stream);
  })();
  reading.catch(() => {});
  await host.close();
  await assert.rejects(reading, { code: 'STREAM_LOST' });
  const { host: next } = await streamingHost(t, root);
  assert.deepEqual([next.job(jobId).state, next.job(jobId).error?.code], ['failed', 'STREAM_LOST']);
});
