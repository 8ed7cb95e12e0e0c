import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { StateStore } from '../../src/stores/index.ts';
import { needsMounts, startOnSmallDisk } from './small-disk.ts';
import { jobSpec, steppingClock, temporaryWorkspace } from './workspace.ts';

const mebibyte = 1024 * 1024;
const lookAt = join(import.meta.dirname, '../fixtures/stores/tells-what-is-there.ts');
const skip = needsMounts;

interface Found {
  jobs: { jobId: string; state: string; result: string }[];
  events: { eventType: string; payload?: string }[];
  problems: unknown[];
  reserve: number;
}

const typesOf = ({ events }: Found): string[] => events.map(({ eventType }) => eventType);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

test('the reserve is made beside the work: really allocated, whole, and for the user alone', async (t) => {
  const paths = temporaryWorkspace(t);
  const open = () => StateStore.open({ paths, clock: steppingClock(), reserveBytes: 3 * mebibyte });
  const store = await open();
  await store.submitJobs([jobSpec()]);
  assert.equal(existsSync(paths.reserve), false, 'the first acknowledgement did not wait for it');
  await until(() => existsSync(paths.reserve));
  const { size, blocks, mode, ino } = statSync(paths.reserve);
  assert.deepEqual([size, mode & 0o777], [3 * mebibyte, 0o600]);
  assert.ok(blocks * 512 >= size, 'no holes');
  await store.close();
  const again = await open();
  await again.close();
  assert.equal(statSync(paths.reserve).ino, ino, 'and is kept');
  assert.ok(!readdirSync(paths.dir).includes('reserve.new'));
});

test('on a full disk running work ends and is written, new work is refused, and it clears only with a new reserve', {
  skip,
}, async (t) => {
  const { root } = temporaryWorkspace(t);
  const disk = { mount: 'size=8m', reserveBytes: 2 * mebibyte, running: 3, lookAt };
  const { hear, hearUntil, tell, ended } = await startOnSmallDisk(t, root, disk);
  assert.equal(await hear(), 'ready');
  tell('submit 10');
  const acknowledged = [await hear()];
  tell('reserve');
  assert.equal(await hear(), 'reserved');
  tell('fill');
  assert.equal(await hear(), 'full');
  // Of these some may still find room in what the write-ahead log already has.
  for (let n = 0; n < 40; n++) tell('submit 9000');
  const heard = await hearUntil(/^wedged /);
  assert.match(heard.at(-1) ?? '', /state\.db could not be written: the disk is full/);
  tell('finish 0 9000');
  tell('finish 1 100000');
  heard.push(...(await hearUntil(/^finished 1 completed/)));
  assert.ok(heard.includes('finished 0 completed'), 'with the room of the reserve');
  assert.ok(!heard.includes('clear'));
  tell('submit 10');
  heard.push(...(await hearUntil(/^refused STORE_WEDGED .*the disk is full/)));
  tell('free');
  heard.push(...(await hearUntil(/^clear/)));
  tell('submit 10');
  heard.push(...(await hearUntil(/^ack/)));
  tell('finish 2 10');
  await hearUntil(/^finished 2/);
  tell('close');
  const found = JSON.parse(await hear()) as Found;
  await ended;
  acknowledged.push(...heard.filter((line) => line.startsWith('ack ')));
  const ids = acknowledged.map((line) => line.replace('ack ', ''));
  const kept = new Set(found.jobs.map(({ jobId }) => jobId));
  assert.deepEqual(
    ids.filter((id) => !kept.has(id)),
    [],
  );
  assert.equal(kept.size, ids.length + 3, 'and nothing that was refused');
  assert.deepEqual(found.problems, []);
  assert.equal(found.reserve, 2 * mebibyte);
  const types = typesOf(found).filter((type) => /^store_|job_finished/.test(type));
  assert.deepEqual(types, [
    'store_wedged',
    'job_finished',
    'job_finished',
    'store_recovered',
    'job_finished',
  ]);
  assert.match(
    found.events.find(({ eventType }) => eventType === 'store_wedged')?.payload ?? '',
    /the disk is full/,
  );
});

test('a result for which there is no room waits alone; those that fit are written before it', {
  skip,
}, async (t) => {
  const { root } = temporaryWorkspace(t);
  const disk = { mount: 'size=12m', reserveBytes: mebibyte, running: 3, lookAt };
  const { hear, hearUntil, tell, ended } = await startOnSmallDisk(t, root, disk);
  await hear();
  tell('reserve');
  assert.equal(await hear(), 'reserved');
  tell('fill');
  assert.equal(await hear(), 'full');
  // Above a mebibyte a value is a file, for which the reserve is not enough.
  tell(`finish 0 ${3 * mebibyte}`);
  await hearUntil(/^wedged/);
  tell('finish 1 10');
  tell('finish 2 10');
  const first = await hearUntil(/^finished 2/);
  assert.deepEqual(
    first.filter((line) => line.startsWith('finished')),
    ['finished 1 completed', 'finished 2 completed'],
  );
  tell('free');
  const rest = await hearUntil(/^clear/);
  if (!rest.includes('finished 0 completed')) await hearUntil(/^finished 0 completed/);
  tell('close');
  const found = JSON.parse(await hear()) as Found;
  await ended;
  assert.deepEqual(
    found.jobs.map(({ state }) => state),
    ['completed', 'completed', 'completed'],
  );
  assert.deepEqual(found.problems, []);
});

test('a disk without free inodes wedges like a full one, and clears when there are some', {
  skip,
}, async (t) => {
  const { root } = temporaryWorkspace(t);
  const disk = { mount: 'size=32m,nr_inodes=40', reserveBytes: mebibyte, running: 2, lookAt };
  const { hear, hearUntil, tell, ended } = await startOnSmallDisk(t, root, disk);
  await hear();
  tell('reserve');
  assert.equal(await hear(), 'reserved');
  tell('fill-files');
  assert.equal(await hear(), 'full');
  tell('submit 10');
  assert.match(await hear(), /^ack /, 'a row needs no inode');
  tell(`submit ${2 * mebibyte}`);
  await hearUntil(/^wedged .*the disk is full/);
  tell('finish 0 10');
  const heard = await hearUntil(/^finished 0/);
  assert.ok(!heard.includes('clear'));
  tell('free');
  await hearUntil(/^clear/);
  tell(`submit ${2 * mebibyte}`);
  await hearUntil(/^ack/);
  tell('close');
  const found = JSON.parse(await hear()) as Found;
  await ended;
  assert.equal(found.jobs.length, 4);
  assert.deepEqual(found.problems, []);
});

test('a disk too small for a reserve is said to be, once, and works', { skip }, async (t) => {
  const { root } = temporaryWorkspace(t);
  const disk = { mount: 'size=4m', reserveBytes: 16 * mebibyte, running: 1, lookAt };
  const { hear, hearUntil, tell, ended } = await startOnSmallDisk(t, root, disk);
  await hear();
  await hearUntil(/^warning nothing is kept back for a full disk: .* bytes are to be kept back/);
  tell('fill');
  await hear();
  for (let n = 0; n < 40; n++) tell('submit 9000');
  await hearUntil(/^wedged .*the disk is full/);
  tell('finish 0 10');
  tell('free');
  const heard = await hearUntil(/^clear/);
  if (!heard.includes('finished 0 completed')) heard.push(...(await hearUntil(/^finished 0/)));
  assert.ok(!heard.some((line) => line.startsWith('warning')));
  tell('close');
  const found = JSON.parse((await hearUntil(/^\{/)).at(-1) ?? '') as Found;
  await ended;
  assert.deepEqual(found.problems, []);
});
