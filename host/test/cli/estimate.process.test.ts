import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { documentIn } from './documents.ts';
import { openShop, type Shop } from './shell.ts';

let shop: Shop;
before(async () => {
  shop = await openShop();
});
after(() => shop.remove());

test('capstan estimate says what installing would take, and nothing more once it is built', async () => {
  const first = await shop.run('estimate');
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /^NAME +KIND +PACKAGES +DOWNLOAD +DISK\n/);
  assert.match(first.stdout, /^total +0 B +0 B/m);
  assert.match(first.stdout, / free at \//);
  const install = await shop.run('install', '--yes');
  assert.equal(install.code, 0, install.stderr);
  const { environments, isComplete } = documentIn(
    (await shop.run('estimate', '--json')).stdout,
    'estimate',
  );
  assert.equal(isComplete, true);
  assert.ok(environments.every(({ state }: { state: string }) => state === 'built'));
});

test('capstan estimate of a name that is not declared names the nearest one', async () => {
  const { code, stderr } = await shop.run('estimate', 'tols');
  assert.equal(code, 3);
  assert.match(stderr, /declares no capability "tols"[^]*tools/);
});

test('capstan prune environments removes an older copy of the code, and only with leave', async () => {
  await shop.run('install', '--yes');
  assert.match((await shop.run('prune', 'environments')).stdout, /everything is used/);
  await appendFile(join(shop.root, 'tools.ts'), '// changed\n');
  await shop.run('install', '--yes');
  const dry = documentIn(
    (await shop.run('prune', 'environments', '--dry-run', '--json')).stdout,
    'prune-environments',
  );
  assert.deepEqual(
    dry['unused'].map(({ kind }: { kind: string }) => kind),
    ['code'],
  );
  const refused = await shop.run('prune', 'environments');
  assert.equal(refused.code, 4);
  assert.match(refused.stderr, /CONSENT_NEEDED/);
  const done = await shop.run('prune', 'environments', '--yes');
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, / freed/);
  assert.match((await shop.run('prune', 'environments', '--yes')).stdout, /everything is used/);
  assert.equal((await shop.run('run', 'greetings.yaml', '--input', 'who=you')).code, 0);
});
