import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import type { WorkspacePaths } from '../../src/paths.ts';
import { completed, jobSpec, openStore } from './workspace.ts';

const mebibyte = 1024 * 1024;
const large = (fill: string, size = 2 * mebibyte) => fill.repeat(size);

const filesOf = ({ payloadsDir }: WorkspacePaths): string[] =>
  globSync(join(payloadsDir, '*', '*')).toSorted();

test('a value above a mebibyte lies in a file of its own, named by its hash, and is read back', async (t) => {
  const { store, reader, paths } = await openStore(t);
  const input = { text: large('a') };
  const [job] = await store.submitJobs([jobSpec({ input })]);
  await store.startAttempt(job?.jobId ?? '', 'call');
  await store.finishAttempt(job?.jobId ?? '', 1, completed(large('b')));
  const files = filesOf(paths);
  assert.equal(files.length, 2);
  for (const file of files) {
    const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
    assert.equal(basename(file), hash);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  }
  assert.equal(statSync(paths.payloadsDir).mode & 0o777, 0o700);
  assert.ok(statSync(`${paths.stateDb}-wal`).size < mebibyte, 'the database does not carry them');
  const found = reader.job(job?.jobId ?? '');
  assert.deepEqual(found?.input, input);
  assert.equal(found?.result, large('b'));
});

test('the same value is one file, however often it comes, and is not written again', async (t) => {
  const { store, paths } = await openStore(t);
  await store.submitJobs([jobSpec({ input: { text: large('a') } })]);
  const [file = ''] = filesOf(paths);
  const { ino } = statSync(file);
  await store.submitJobs([jobSpec({ input: { text: large('a') } })]);
  assert.deepEqual(filesOf(paths), [file]);
  assert.equal(statSync(file).ino, ino);
  // One that is cut short is no copy of it.
  writeFileSync(file, 'half');
  const [job] = await store.submitJobs([jobSpec({ input: { text: large('a') } })]);
  assert.equal(store.reader.job(job?.jobId ?? '')?.input['text'], large('a'));
});

test('a file that is gone or was changed loses that value, and no other', async (t) => {
  const { store, reader, paths } = await openStore(t);
  const [lost, kept] = await store.submitJobs([
    jobSpec({ input: { text: large('a') } }),
    jobSpec({ input: { text: large('b') } }),
  ]);
  const fileOf = (text: string): string =>
    filesOf(paths).find((file) => readFileSync(file, 'utf8').includes(text)) ?? '';
  const file = fileOf('aaaa');
  const bytes = readFileSync(file);
  bytes[1_000_000] = 0x62;
  writeFileSync(file, bytes);
  const isLost = { code: 'STORE_CORRUPT', message: /a value kept in .* is lost: it is not what/ };
  assert.throws(() => reader.job(lost?.jobId ?? ''), isLost);
  rmSync(file);
  assert.throws(() => reader.job(lost?.jobId ?? ''), { code: 'STORE_CORRUPT', message: /ENOENT/ });
  assert.equal(reader.job(kept?.jobId ?? '')?.input['text'], large('b'));
  await store.submitJobs([jobSpec()]);
});

test('an argument above the cap is refused, by its name and size, and says what to do instead', async (t) => {
  const { store, paths } = await openStore(t);
  await assert.rejects(
    store.submitJobs([jobSpec({ input: { text: large('x', 64 * mebibyte) } })]),
    {
      code: 'PAYLOAD_TOO_LARGE',
      message: 'the input is 64.1 MiB of JSON; 64 MiB is the most',
      hint: /files/,
    },
  );
  assert.deepEqual(filesOf(paths), []);
  assert.equal(store.reader.lastSeq(), 0);
});

test('a result above the cap fails its job with that code', async (t) => {
  const { store, reader } = await openStore(t);
  const [job] = await store.submitJobs([jobSpec()]);
  const jobId = job?.jobId ?? '';
  await store.startAttempt(jobId, 'call');
  const end = await store.finishAttempt(jobId, 1, completed(large('x', 64 * mebibyte)));
  assert.deepEqual(end, { kind: 'finished', state: 'failed' });
  const { error, state } = reader.job(jobId) ?? {};
  assert.deepEqual([state, error?.code, error?.retriable], ['failed', 'PAYLOAD_TOO_LARGE', false]);
  assert.match(error?.message ?? '', /^the result is 64\.1 MiB/);
});

test('what a refused request wrote of its values is harmless', async (t) => {
  const { store, reader, paths } = await openStore(t);
  const good = jobSpec({ input: { text: large('a') } });
  const tooLarge = jobSpec({ input: { text: large('x', 64 * mebibyte) } });
  await assert.rejects(store.submitJobs([good, tooLarge]), { code: 'PAYLOAD_TOO_LARGE' });
  assert.equal(filesOf(paths).length, 1, 'written before the other one was refused');
  const [job] = await store.submitJobs([good]);
  assert.equal(filesOf(paths).length, 1);
  assert.deepEqual(reader.job(job?.jobId ?? '')?.input, good.input);
});
