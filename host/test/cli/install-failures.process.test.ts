import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { writeFiles } from '../environments/workbench.ts';
import { documentIn } from './documents.ts';
import { openShop, type Shop } from './shell.ts';

let shop: Shop;
before(async () => {
  shop = await openShop();
});
after(() => shop.remove());

const tool = (name: string, description: string) => `
import { defineCapability } from '@capstan/worker';
export default defineCapability({
  name: '${name}',
  version: '1.0.0',
  description: '${description}',
  actions: { hello: { description: 'Says hello.', input: {}, run: () => 'hello' } },
});
`;
const declared = (...names: string[]) =>
  `capabilities:\n${names.map((name) => `  - { name: ${name}, environment: npm, source: ./${name}.ts }\n`).join('')}`;

test('install-all: a failing capability or a failed manifest never ends in success, and the others are installed', async () => {
  await writeFiles(shop.root, {
    'capstan.yaml': declared('good', 'broken', 'blank'),
    'good.ts': tool('good', 'A good one.'),
    'broken.ts': "throw new Error('on purpose');",
    'blank.ts': tool('blank', ' '),
  });
  const { code, stdout, stderr } = await shop.run('install', '--yes');
  assert.equal(code, 1);
  assert.match(stdout, /^good .*installed/m);
  assert.match(stdout, /^broken .*failed/m);
  assert.match(stdout, /^blank .*failed/m);
  assert.match(stderr, /broken could not be loaded[^]*on purpose[^]*INTROSPECTION_FAILED/);
  assert.match(stderr, /blank was not installed[^]*code\.description is blank[^]*MANIFEST_INVALID/);
  assert.match(stderr, /1 of 3 are installed; the others failed\./);
  assert.ok(
    !existsSync(join(shop.root, '.capstan/manifests/blank.json')),
    'what is invalid is not written',
  );

  const json = await shop.run('install', '--yes', '--json');
  assert.equal(json.code, 1);
  assert.deepEqual(
    documentIn(json.stdout, 'install')['capabilities'].map(({ state }: { state: string }) => state),
    ['unchanged', 'failed', 'failed'],
  );
  assert.equal(
    (await shop.run('install', 'good', '--yes')).code,
    0,
    'one by its name is judged by itself',
  );
});

test('install-all goes on where it stopped: what is mended is installed, what was there before stays while it fails', async () => {
  await writeFiles(shop.root, {
    'blank.ts': tool('blank', 'Not blank.'),
    'broken.ts': tool('broken', 'Mended.'),
  });
  const mended = await shop.run('install', '--yes');
  assert.equal(mended.code, 0, mended.stderr);
  const manifest = join(shop.root, '.capstan/manifests/blank.json');
  const earlier = await readFile(manifest, 'utf8');
  await writeFiles(shop.root, { 'blank.ts': tool('blank', ' ') });
  assert.equal((await shop.run('install', '--yes')).code, 2);
  assert.equal(await readFile(manifest, 'utf8'), earlier);
});

test('install of a name that is not declared is refused with the nearest one', async () => {
  const absent = await shop.run('install', 'goood', '--yes');
  assert.equal(absent.code, 3);
  assert.match(absent.stderr, /did you mean "good"/);
});
