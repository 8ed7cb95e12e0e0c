import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { JsonObject } from '@capstan/protocol';
import { cacheEntry, type CacheSource, contentHash, safeStem } from '../src/cache.ts';
import { CallContext } from '../src/context.ts';
import { InputFile } from '../src/files.ts';

const silent = (): void => {};

function folder(t: TestContext): { data: string; write: (name: string, text: string) => string } {
  const data = mkdtempSync(join(tmpdir(), 'capstan-cache-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const write = (name: string, text: string): string => {
    const path = join(data, name);
    writeFileSync(path, text);
    const then = new Date(Date.now() - 60_000);
    utimesSync(path, then, then);
    return path;
  };
  return { data, write };
}

const entryIn = (data: string, source: CacheSource, config: JsonObject = {}) =>
  cacheEntry(data, 'transcribe', source, config, silent);

test('the cache folder is named by action, stem, content and configuration', async (t) => {
  const { data, write } = folder(t);
  const talk = write('my talk.wav', 'hello');
  const entry = await entryIn(data, talk, { model: 'small', rate: 1 });
  assert.match(relative(data, entry.path), /^transcribe\/my talk\/2cf24d_[0-9a-f]{12}$/);
  const again = await entryIn(data, talk, { rate: 1, model: 'small' });
  assert.equal(again.path, entry.path, 'the order of keys does not count');
  assert.notEqual((await entryIn(data, talk, { model: 'large', rate: 1 })).path, entry.path);
});

test('stems are safe as names of folders', () => {
  const stems = {
    'a<b>c:d"e/f\\g|h?i*j': 'a_b_c_d_e_f_g_h_i_j',
    'tab\there\u0001': 'tab_here_',
    '  . dots . ': 'dots',
    '...': '_',
    '': '_',
    [`${'x'.repeat(99)}. y`]: 'x'.repeat(99),
    ['x'.repeat(300)]: 'x'.repeat(100),
  };
  for (const [stem, safe] of Object.entries(stems)) assert.equal(safeStem(stem), safe, stem);
});

test('what is being written is no hit, and what failed leaves nothing', async (t) => {
  const { data, write } = folder(t);
  const talk = write('talk.wav', 'hello');
  const entry = await entryIn(data, talk);
  assert.equal(entry.isHit, false);
  const failing = entry.save(async (place) => {
    writeFileSync(join(place, 'half'), '');
    assert.equal((await entryIn(data, talk)).isHit, false);
    throw new Error('on purpose');
  });
  await assert.rejects(failing, /on purpose/);
  assert.deepEqual(readdirSync(dirname(entry.path)), []);
  await entry.save((place) => writeFileSync(join(place, 'whole'), ''));
  const again = await entryIn(data, talk);
  assert.equal(again.isHit, true);
  assert.ok(statSync(again.file('whole')).isFile());
});

test('of many that make the same result at once one is kept, whole', async (t) => {
  const { data, write } = folder(t);
  const talk = write('talk.wav', 'hello');
  const values = await Promise.all(
    Array.from({ length: 8 }, async (_, n) => (await entryIn(data, talk)).json(() => [n, n])),
  );
  assert.equal(values.length, 8);
  const entry = await entryIn(data, talk);
  assert.deepEqual(readdirSync(dirname(entry.path)).length, 1);
  const [a, b] = await entry.json(() => [-1, -1]);
  assert.ok(a === b && a !== -1);
});

test('a text can be the input itself', async (t) => {
  const { data } = folder(t);
  const [a, b] = await Promise.all([
    entryIn(data, { text: 'https://example.org/a/talk.html' }),
    entryIn(data, { text: 'https://example.org/b/talk.html' }),
  ]);
  assert.match(a.path, /\/talk\//);
  assert.notEqual(a.path, b.path);
});

test('hits and saved results are accounts of the call', async (t) => {
  const { data, write } = folder(t);
  const told: string[] = [];
  const surroundings = {
    dirs: { data, models: data, calls: data },
    secrets: {},
    config: () => ({ model: 'small' }),
  };
  const call = new CallContext('call_1', null, null, surroundings, (frame) => {
    if (frame.event === 'account') told.push(`${frame.type} ${String(frame.payload['action'])}`);
  });
  const talk = write('talk.wav', 'hello');
  for (const _ of [1, 2]) {
    // oxlint-disable-next-line no-await-in-loop -- the second is the hit
    const entry = await call.cacheDir('pages', talk);
    // oxlint-disable-next-line no-await-in-loop
    assert.deepEqual(await entry.json(() => ({ n: 1 })), { n: 1 });
  }
  assert.deepEqual(told, ['result_saved pages', 'cache_hit pages']);
});

test('an input is hashed once for its path, time and size, and the hash of the host is taken', async (t) => {
  const { data, write } = folder(t);
  const talk = write('talk.wav', 'hello');
  const first = await contentHash(talk, data);
  const { mtime } = statSync(talk);
  writeFileSync(talk, 'jello');
  utimesSync(talk, mtime, mtime);
  assert.equal(await contentHash(talk, data), first, 'neither its time nor its size has changed');
  utimesSync(talk, new Date(0), new Date(0));
  assert.notEqual(await contentHash(talk, data), first);
  const given = new InputFile({ path: '/nowhere', sha256: 'ab'.repeat(32) });
  assert.equal(await contentHash(given, data), 'ab'.repeat(32));
});

test("an input that is not there is the caller's fault", async (t) => {
  const { data } = folder(t);
  await assert.rejects(entryIn(data, join(data, 'none.wav')), { category: 'input' });
});
