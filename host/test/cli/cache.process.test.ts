import assert from 'node:assert/strict';
import { existsSync, utimesSync } from 'node:fs';
import { appendFile, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { documentIn } from './documents.ts';
import { openShop, type Shop } from './shell.ts';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});
afterEach(() => shop.remove());

const old = 'tools/pages/book/0123ab_0123456789ab';
const large = 'tools/pages/atlas/4567ab_0123456789ab';

async function fill(): Promise<void> {
  for (const [id, bytes, days] of [
    [old, 10, 40],
    [large, 5_000, 1],
    ['tools/words/talk/89abcd_0123456789ab', 100, 0],
  ] as const) {
    const folder = join(shop.root, '.capstan/data', id);
    // oxlint-disable-next-line no-await-in-loop -- three folders
    await mkdir(folder, { recursive: true });
    // oxlint-disable-next-line no-await-in-loop
    await writeFile(join(folder, 'result.json'), 'x'.repeat(bytes));
    const used = new Date(Date.now() - days * 86_400_000);
    utimesSync(folder, used, used);
  }
  // What else a tool keeps in its folder is nobody's business.
  await mkdir(join(shop.root, '.capstan/data/tools/models/small/weights'), { recursive: true });
}

test('cached results are listed with their sizes, the largest first, and nothing else of the data', async () => {
  await fill();
  const { code, stdout, stderr } = await shop.run('cache', 'list');
  assert.equal(code, 0);
  assert.match(stdout, /^ID +SIZE +FILES +USED +INPUT\ntools\/pages\/atlas\S+ +5\.0 kB +1 +1d ago/);
  assert.doesNotMatch(stdout, /models/);
  assert.match(stderr, /3 results, 5\.1 kB/);
  const { bytes, results } = documentIn(
    (await shop.run('cache', 'list', 'tools', '--json')).stdout,
    'cache-list',
  );
  assert.equal(bytes, 5_110);
  assert.deepEqual(results[0].id, large);
});

test('a workspace without cached results says so, and a misspelt capability gets the nearest', async () => {
  const none = await shop.run('cache', 'list');
  assert.equal(none.code, 0);
  assert.match(none.stderr, /No results are cached/);
  const misspelt = await shop.run('cache', 'list', 'tolls');
  assert.equal(misspelt.code, 3);
  assert.match(misspelt.stderr, /There is no capability "tolls"[^]*did you mean "tools"/);
  assert.equal((await shop.run('cache', 'list', '..')).code, 3);
});

test('prune removes what was not used for so long, and a dry run only says so', async () => {
  await fill();
  const dry = await shop.run('cache', 'prune', '--older-than', '30d', '--dry-run');
  assert.match(dry.stderr, /1 result would go, 10 B freed, 5\.1 kB left/);
  assert.ok(existsSync(join(shop.root, '.capstan/data', old)));
  const { code, stdout } = await shop.run('cache', 'prune', '--older-than', '30d', '--json');
  assert.equal(code, 0);
  const { removed, bytesLeft } = documentIn(stdout, 'cache-prune');
  assert.deepEqual([removed.length, removed[0].id, bytesLeft], [1, old, 5_100]);
  assert.equal(existsSync(join(shop.root, '.capstan/data/tools/pages/book')), false);
  assert.ok(existsSync(join(shop.root, '.capstan/data', large)));
});

test('prune removes what is larger, and keeps what it is told to keep', async () => {
  await fill();
  const kept = await shop.run('cache', 'prune', '--larger-than', '1kB', '--keep', 'tools/pages');
  assert.match(kept.stderr, /nothing to remove/);
  const all = await shop.run('cache', 'prune', 'tools', '--all', '--keep', old);
  assert.match(all.stderr, /2 results removed/);
  assert.ok(existsSync(join(shop.root, '.capstan/data', old)));
  assert.ok(existsSync(join(shop.root, '.capstan/data/tools/models/small/weights')));
});

test('prune wants to know what goes, and refuses to keep what is not there', async () => {
  await fill();
  const nothing = await shop.run('cache', 'prune');
  assert.equal(nothing.code, 2);
  assert.match(nothing.stderr, /was not told what goes[^]*--older-than 30d/);
  const typo = await shop.run('cache', 'prune', '--all', '--keep', `${old.slice(0, -1)}0`);
  assert.equal(typo.code, 2);
  assert.match(typo.stderr, /There is no cached result[^]*did you mean/);
  assert.ok(existsSync(join(shop.root, '.capstan/data', large)), 'nothing went');
});

test('what a tool has cached is found by the next call, also of another worker, and is in the journal', async () => {
  await copyFile(
    join(import.meta.dirname, '../fixtures/cli/caching.mjs'),
    join(shop.root, 'caching.mjs'),
  );
  await appendFile(
    join(shop.root, 'capstan.yaml'),
    '\n  - { name: caching, environment: npm, source: ./caching.mjs }\n',
  );
  const installed = await shop.run('install', 'caching');
  assert.equal(installed.code, 0, installed.stderr);
  const input = join(shop.root, 'input.txt');
  await writeFile(input, 'some words');
  const call = () => shop.run('submit', 'caching.words', '-i', `file=${input}`, '--wait');
  const first = await call();
  assert.match(first.stdout, /some words, made 1/, first.stderr);
  assert.match((await call()).stdout, /some words, made 1/);
  const listed = documentIn((await shop.run('cache', 'list', '--json')).stdout, 'cache-list');
  assert.deepEqual(listed.results.length, 1);
  assert.match(listed.results[0].id, /^caching\/words\/input\/[0-9a-f]{6}_[0-9a-f]{12}$/);
  assert.equal(listed.results[0].input, input);
  const journal = await shop.run('journal', '--json', '-n', '100');
  assert.match(journal.stdout, /"result_saved"/);
  assert.match(journal.stdout, /"cache_hit"/);
});
