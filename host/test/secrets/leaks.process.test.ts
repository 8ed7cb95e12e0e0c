import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  lookAtProcesses,
  nothingIsLeft,
  sayInEveryForm,
  showInEveryWay,
  theSearchFinds,
} from './leak-cases.ts';
import { type LeakyShop, mustBeClean, openLeakyShop, secret, setSecrets } from './leaky-shop.ts';

let shop: LeakyShop;
before(async () => {
  shop = await openLeakyShop('node');
  const installed = await shop.run(['install', '--yes']);
  assert.equal(installed.code, 0, installed.stderr);
  await setSecrets(shop, 'leaky');
  for (const capability of ['unready', 'unloadable']) {
    // oxlint-disable-next-line no-await-in-loop -- one store
    const set = await shop.run(['secret', 'set', capability, 'API_KEY'], `${secret}\n`);
    assert.equal(set.code, 0, set.stderr);
  }
});
after(() => shop.remove());

test('the search that these tests rest on finds a secret where there is one', () => {
  theSearchFinds();
});

test('a Node tool gets its secrets, exported or not, and other variables as declared', async () => {
  const { stdout } = await shop.run(['run', 'leaky.tell']);
  const result = JSON.parse(stdout) as { [member: string]: unknown };
  assert.equal(result['isExported'], true);
  assert.equal(result['isHidden'], true);
  assert.equal(result['hidden'], '[secret HIDDEN_KEY]');
  assert.equal(result['raw'], '[secret API_KEY]');
  assert.equal(result['region'], 'us');
});

test('one capability does not get the secret of another, also of the same name', async () => {
  const { stdout } = await shop.run(['run', 'quiet.look']);
  assert.deepEqual(JSON.parse(stdout), { hasKey: false });
});

test('what a Node tool says with its secret in every form is shown by no command, without a host', async () => {
  await sayInEveryForm(shop);
});

test('what a Node tool says with its secret in every form is shown by no command, with a resident host', async () => {
  const host = shop.start('up');
  await host.says('Up as process');
  try {
    await sayInEveryForm(shop);
    await showInEveryWay(shop);
    await lookAtProcesses(shop);
  } finally {
    await shop.run(['down']);
    const { stdout, stderr } = await host.ended;
    mustBeClean('capstan up', stdout + stderr);
  }
});

test('a worker that fails to import or to initialize tells why without its secret', async () => {
  for (const what of ['unready.never', 'unloadable.never']) {
    // oxlint-disable-next-line no-await-in-loop -- two cores
    const said = await shop.run(['run', what]);
    assert.equal(said.code, 1);
    assert.match(said.stderr, /\[secret API_KEY\]/);
    mustBeClean(what, said.stdout + said.stderr);
  }
});

test('a line that is cut inside of a secret tells nothing of it', async () => {
  const said = await shop.run(['run', 'leaky.flood']);
  assert.equal(said.code, 0, said.stderr);
  const logs = await shop.run(['logs', '--limit', '200', '--json']);
  const { lines } = JSON.parse(logs.stdout) as { lines: { message: string }[] };
  const ends = lines
    .map(({ message }) => message.slice(-80))
    .filter((end) => end.includes('(line cut'));
  assert.ok(ends.length > 8, 'some are dropped, because they come too fast');
  for (const end of ends) assert.doesNotMatch(end, /s3cr/);
});

test('no file of the workspace or the machine folder, and nothing that was said, holds a secret', async () => {
  await nothingIsLeft(shop);
});
