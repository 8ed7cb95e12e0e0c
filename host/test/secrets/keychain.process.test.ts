import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { HostError } from '../../src/errors.ts';
import { hasKeychain, SecretStore } from '../../src/secrets/index.ts';

/**
 * No machine that runs these tests has a keychain, so programs stand in for those of the systems. They answer
 * as the real ones were seen to.
 */
const programs = fileURLToPath(new URL('../fixtures/keychains', import.meta.url));

interface Desk {
  platform: NodeJS.Platform;
  env: { [name: string]: string };
  keychain: string;
  store: () => SecretStore;
  /** Arguments of every call. */
  calls: () => Promise<string>;
  items: () => Promise<string[]>;
  is: (state: string) => Promise<void>;
}

async function deskOf(context: TestContext, platform: NodeJS.Platform): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-keychain-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const env = { PATH: `${programs}${delimiter}${process.env['PATH']}`, KEYCHAIN: folder };
  return {
    platform,
    env,
    keychain: folder,
    store: () => new SecretStore(join(folder, 'secrets'), { env, platform }),
    calls: () => readFile(join(folder, 'calls'), 'utf8'),
    items: async () => (await readdir(folder)).filter((name) => name.startsWith('item-')),
    is: (state) => writeFile(join(folder, state), ''),
  };
}

const code = (expected: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof HostError, String(error));
  assert.equal(error.code, expected, error.message);
  assert.match(`${error.message}\n${error.hint}`, message);
  return true;
};

for (const [platform, title] of [
  ['linux', 'the Secret Service'],
  ['darwin', 'the keychain of macOS'],
] as const) {
  test(`${title} keeps the key, and the file alone opens nothing`, async (context) => {
    const desk = await deskOf(context, platform);
    assert.equal(await hasKeychain(desk.env, platform), true);
    assert.deepEqual(await desk.items(), [], 'the trial leaves nothing');
    await desk.store().init({ kind: 'keychain' });
    await desk.store().set('speech', 'KEY', 'sk-live-0123');
    assert.equal(await desk.store().get('speech', 'KEY'), 'sk-live-0123');
    const file = await readFile(join(desk.keychain, 'secrets', 'secrets.json'), 'utf8');
    assert.doesNotMatch(file, /sk-live/);
    const [item = ''] = await desk.items();
    const key = await readFile(join(desk.keychain, item), 'utf8');
    assert.match(key, /^[0-9a-f]{64}$/);
    assert.ok(!file.includes(key));
    assert.ok(!(await desk.calls()).includes(key), 'the key is never an argument');
    await rm(join(desk.keychain, item));
    await assert.rejects(
      desk.store().get('speech', 'KEY'),
      code('SECRETS_LOCKED', /has no key for them/),
    );
    await writeFile(join(desk.keychain, item), '0'.repeat(64));
    await assert.rejects(
      desk.store().get('speech', 'KEY'),
      code('SECRETS_LOCKED', /has another key/),
    );
  });

  test(`${title} is asked once for many values`, async (context) => {
    const desk = await deskOf(context, platform);
    await desk.store().init({ kind: 'keychain' });
    const store = desk.store();
    await store.set('a', 'ONE', '1111');
    const before = (await desk.calls()).split('\n').length;
    await Promise.all(Array.from({ length: 5 }, () => store.get('a', 'ONE')));
    assert.equal((await desk.calls()).split('\n').length, before);
  });

  test(`the key is taken out of ${title} when the secrets move to a passphrase`, async (context) => {
    const desk = await deskOf(context, platform);
    const store = desk.store();
    await store.init({ kind: 'keychain' });
    await store.set('a', 'ONE', 'value');
    await store.init({ kind: 'passphrase', passphrase: 'geheim' });
    assert.deepEqual(await desk.items(), []);
    assert.equal(await store.get('a', 'ONE'), 'value');
    await store.init({ kind: 'keychain' });
    assert.equal(await desk.store().get('a', 'ONE'), 'value');
  });
}

test('without a session of a desktop the Secret Service is no keychain, and says why', async (context) => {
  const desk = await deskOf(context, 'linux');
  await desk.store().init({ kind: 'keychain' });
  await desk.store().set('a', 'ONE', 'value');
  await desk.is('headless');
  assert.equal(await hasKeychain(desk.env, 'linux'), false);
  const why = /Cannot autolaunch D-Bus/;
  await assert.rejects(desk.store().get('a', 'ONE'), code('SECRETS_LOCKED', why));
  await assert.rejects(desk.store().init({ kind: 'keychain' }), code('SECRETS_LOCKED', why));
  assert.deepEqual(await desk.store().names('a'), ['ONE'], 'names need no key');
});

test('a locked keychain of macOS is told in its own words', async (context) => {
  const desk = await deskOf(context, 'darwin');
  await desk.store().init({ kind: 'keychain' });
  await desk.store().set('a', 'ONE', 'value');
  await desk.is('locked');
  const why = /User interaction is not allowed.*secret init --passphrase/s;
  await assert.rejects(desk.store().get('a', 'ONE'), code('SECRETS_LOCKED', why));
});

test('a keychain that says yes and keeps nothing is not used', async (context) => {
  const desk = await deskOf(context, 'linux');
  await desk.is('forgetful');
  assert.equal(await hasKeychain(desk.env, 'linux'), false);
  await assert.rejects(
    desk.store().init({ kind: 'keychain' }),
    code('SECRETS_LOCKED', /did not keep what it was given.*--passphrase/s),
  );
  assert.deepEqual(
    await desk
      .store()
      .state()
      .then(({ protection }) => protection),
    'none',
  );
});

test('secrets of one kind of keychain are not looked for in another', async (context) => {
  const desk = await deskOf(context, 'linux');
  await desk.store().init({ kind: 'keychain' });
  await desk.store().set('a', 'ONE', 'value');
  const elsewhere = new SecretStore(join(desk.keychain, 'secrets'), {
    env: desk.env,
    platform: 'darwin',
  });
  await assert.rejects(elsewhere.get('a', 'ONE'), code('SECRETS_LOCKED', /not on this machine/));
});

test('where no program of a keychain is on the PATH there is none', async () => {
  assert.equal(await hasKeychain({ PATH: '/nowhere:relative' }, 'linux'), false);
  assert.equal(await hasKeychain({ PATH: '/nowhere' }, 'darwin'), false);
  assert.equal(await hasKeychain({ PATH: programs }, 'win32'), false);
});
