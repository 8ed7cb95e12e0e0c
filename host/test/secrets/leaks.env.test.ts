import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lookAtProcesses, nothingIsLeft, sayInEveryForm, showInEveryWay } from './leak-cases.ts';
import { type LeakyShop, openLeakyShop, setSecrets } from './leaky-shop.ts';

let shop: LeakyShop;
before(async () => {
  shop = await openLeakyShop('python');
  const installed = await shop.run(['install', '--yes']);
  assert.equal(installed.code, 0, installed.stderr);
  await setSecrets(shop, 'leaky');
});
after(() => shop.remove());

test('a Python tool finds its secrets already when it is imported, and only those it exports', async () => {
  const { stdout, stderr } = await shop.run(['run', 'leaky.tell']);
  const result = JSON.parse(stdout || `"${stderr}"`) as { [member: string]: unknown };
  assert.equal(result['is_exported'], true);
  assert.equal(result['is_hidden'], true);
  assert.equal(result['raw'], '[secret API_KEY]');
});

test('what a Python tool says with its secret in every form is shown by no command', async () => {
  const host = shop.start('up');
  await host.says('Up as process');
  try {
    await sayInEveryForm(shop);
    await showInEveryWay(shop);
    await lookAtProcesses(shop);
  } finally {
    await shop.run(['down']);
    await host.ended;
  }
  await nothingIsLeft(shop);
});
