import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openShop, type Shop, startCapstan } from './shell.ts';

let shop: Shop;
before(async () => {
  shop = await openShop();
});
after(() => shop.remove());

test('a Python workspace made by init runs as it says', async () => {
  const root = join(shop.env['HOME'] ?? '', 'python');
  await shop.run('init', '-C', root, '--language', 'python', '--yes');
  const here = (...argv: string[]) => startCapstan(argv, root, shop.env).ended;
  const install = await here('install', '--yes');
  assert.equal(install.code, 0, install.stderr);
  const run = await here('run', 'hello.yaml', '--input', 'who=World');
  assert.equal(run.stdout, 'greeting  Hello, Hello, World!!\n');
});
