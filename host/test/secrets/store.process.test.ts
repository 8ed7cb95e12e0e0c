import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { HostError } from '../../src/errors.ts';
import { SecretStore } from '../../src/secrets/index.ts';

const passphrase = 'correct horse battery staple';

async function folderFor(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'capstan-secrets-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'secrets');
}

const open = (folder: string, env: { [name: string]: string } = {}): SecretStore =>
  new SecretStore(folder, { env });

async function plainStore(context: TestContext): Promise<{ folder: string; store: SecretStore }> {
  const folder = await folderFor(context);
  const store = open(folder);
  await store.init({ kind: 'plain' });
  return { folder, store };
}

const code = (expected: string, message?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof HostError, String(error));
  assert.equal(error.code, expected, error.message);
  if (message !== undefined) assert.match(`${error.message}\n${error.hint}`, message);
  return true;
};

test('secrets are kept by capability and name, and one capability never sees those of another', async (context) => {
  const { folder, store } = await plainStore(context);
  await store.set('speech', 'KEY', 'of-speech');
  await store.set('vad', 'KEY', 'of-vad');
  await store.set('speech', 'OTHER', 'more');
  const again = open(folder);
  assert.equal(await again.get('speech', 'KEY'), 'of-speech');
  assert.equal(await again.get('vad', 'KEY'), 'of-vad');
  assert.equal(await again.get('vad', 'OTHER'), null);
  assert.equal(await again.get('nobody', 'KEY'), null);
  assert.deepEqual(await again.all(), { speech: ['KEY', 'OTHER'], vad: ['KEY'] });
});

test('a capability may be called like a member of every object', async (context) => {
  const { folder, store } = await plainStore(context);
  for (const name of ['__proto__', 'constructor', 'toString']) {
    assert.equal(await store.get(name, '__proto__'), null);
    await store.set(name, '__proto__', `value of ${name}`);
  }
  assert.equal(await open(folder).get('__proto__', '__proto__'), 'value of __proto__');
  assert.deepEqual(await store.names('constructor'), ['__proto__']);
  assert.deepEqual(await store.remove('__proto__'), ['__proto__']);
  assert.equal(await store.get('__proto__', '__proto__'), null);
});

test('the folder is 0700 and the file 0600, whatever the umask is', async (context) => {
  const umask = process.umask(0);
  context.after(() => process.umask(umask));
  const { folder, store } = await plainStore(context);
  await store.set('speech', 'KEY', 'value');
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  assert.equal((await stat(join(folder, 'secrets.json'))).mode & 0o777, 0o600);
});

test('with a passphrase nothing readable is on the disk, and a wrong one opens nothing', async (context) => {
  const folder = await folderFor(context);
  const store = open(folder);
  await store.init({ kind: 'passphrase', passphrase });
  await store.set('speech', 'KEY', 'sk-live-0123456789');
  const text = await readFile(join(folder, 'secrets.json'), 'utf8');
  assert.doesNotMatch(text, /sk-live|correct horse/);
  assert.ok(!text.includes(Buffer.from('sk-live-0123456789').toString('base64')));

  const later = open(folder);
  assert.equal((await later.state()).isLocked, true);
  assert.deepEqual(await later.names('speech'), ['KEY'], 'names need no key');
  await assert.rejects(later.get('speech', 'KEY'), code('SECRETS_LOCKED', /secret unlock/));
  await assert.rejects(later.set('speech', 'NEW', 'x'), code('SECRETS_LOCKED'));
  await assert.rejects(
    later.unlock('Correct horse'),
    code('SECRETS_LOCKED', /passphrase is wrong/),
  );
  await later.unlock(passphrase);
  assert.equal((await later.state()).isLocked, false);
  assert.equal(await later.get('speech', 'KEY'), 'sk-live-0123456789');
});

test('a sealed value that was moved to another capability or name does not open', async (context) => {
  const folder = await folderFor(context);
  const store = open(folder);
  await store.init({ kind: 'passphrase', passphrase });
  await store.set('bank', 'KEY', 'of-the-bank');
  await store.set('game', 'KEY', 'of-the-game');
  const file = join(folder, 'secrets.json');
  const document = JSON.parse(await readFile(file, 'utf8'));
  document.values.game.KEY = document.values.bank.KEY;
  document.values.bank.OTHER = document.values.bank.KEY;
  await writeFile(file, JSON.stringify(document), { mode: 0o600 });
  await assert.rejects(
    store.get('game', 'KEY'),
    code('SECRETS_UNREADABLE', /KEY for game .*capstan secret set game KEY/s),
  );
  await assert.rejects(store.get('bank', 'OTHER'), code('SECRETS_UNREADABLE'));
  assert.equal(await store.get('bank', 'KEY'), 'of-the-bank');
  await store.set('game', 'KEY', 'anew');
  assert.equal(await store.get('game', 'KEY'), 'anew', 'setting it again is the cure');
});

test('a passphrase comes from a file that a variable names, and one that others can read is warned of', async (context) => {
  const folder = await folderFor(context);
  const file = `${folder}.passphrase`;
  await writeFile(file, `${passphrase}\n`, { mode: 0o644 });
  await open(folder).init({ kind: 'passphrase', passphrase });
  const env = { CAPSTAN_SECRETS_PASSPHRASE_FILE: file };
  const store = open(folder, env);
  await store.set('speech', 'KEY', 'value');
  assert.equal(await store.get('speech', 'KEY'), 'value');
  assert.match((await store.warnings()).join(), /Others may read the passphrase .*chmod 600/);
  await writeFile(file, '\n');
  await assert.rejects(
    open(folder, env).get('speech', 'KEY'),
    code('SECRETS_LOCKED', /it is empty/),
  );
  const gone = { CAPSTAN_SECRETS_PASSPHRASE_FILE: `${file}.gone` };
  await assert.rejects(open(folder, gone).get('speech', 'KEY'), code('SECRETS_LOCKED', /ENOENT/));
});

test('without encryption every use is warned of', async (context) => {
  const { store } = await plainStore(context);
  await store.set('speech', 'KEY', 'value');
  assert.match((await store.warnings()).join(), /unencrypted .*capstan secret init --passphrase/);
  assert.equal((await store.state()).protection, 'plain');
});

test('secrets move from one protection to another, and nothing is lost', async (context) => {
  const { folder, store } = await plainStore(context);
  await store.set('a', 'KEY', 'one');
  await store.set('b', 'KEY', 'two');
  assert.deepEqual(await store.init({ kind: 'passphrase', passphrase }), { moved: 2 });
  assert.doesNotMatch(await readFile(join(folder, 'secrets.json'), 'utf8'), /"one"|"two"/);
  assert.equal(await store.get('b', 'KEY'), 'two');
  await assert.rejects(open(folder).init({ kind: 'plain' }), code('SECRETS_LOCKED'));
  await store.init({ kind: 'passphrase', passphrase: 'another' });
  await assert.rejects(open(folder).unlock(passphrase), code('SECRETS_LOCKED'));
  const later = open(folder);
  await later.unlock('another');
  assert.equal(await later.get('a', 'KEY'), 'one');
});

test('a host that was unlocked notices that the passphrase was changed under it', async (context) => {
  const folder = await folderFor(context);
  const host = open(folder);
  await host.init({ kind: 'passphrase', passphrase });
  await host.set('a', 'KEY', 'one');
  const other = open(folder);
  await other.unlock(passphrase);
  await other.init({ kind: 'passphrase', passphrase: 'another' });
  await assert.rejects(host.get('a', 'KEY'), code('SECRETS_LOCKED'));
  assert.equal((await host.state()).isLocked, true);
});

for (const [what, text] of [
  ['is empty', ''],
  ['was cut off', '{"capstan_secrets": 1, "id": "x", "protec'],
  ['is another document', '{"a": 1}'],
  ['is a list', '[]'],
  [
    'has a protection that is none',
    '{"capstan_secrets":1,"id":"x","protection":{"kind":"rot13"},"values":{}}',
  ],
  ['has no values', '{"capstan_secrets":1,"id":"x","protection":{"kind":"plain"}}'],
  [
    'has a value that is none',
    '{"capstan_secrets":1,"id":"x","protection":{"kind":"plain"},"values":{"a":{"K":"v"}}}',
  ],
  [
    'asks for a gigabyte for its key',
    `{"capstan_secrets":1,"id":"x","protection":{"kind":"passphrase","stretching":{"salt":"","n":1073741824,"r":8,"p":1},"key":{"nonce":"","data":"","tag":""}},"values":{}}`,
  ],
  ['is of a newer Capstan', '{"capstan_secrets": 2}'],
] as const) {
  test(`a file that ${what} is refused with the cause and the cure, and never overwritten`, async (context) => {
    const { folder, store } = await plainStore(context);
    const file = join(folder, 'secrets.json');
    await writeFile(file, text);
    const refused = code('SECRETS_UNREADABLE', /cannot be used: .*mv '|newer Capstan.*Update/s);
    await assert.rejects(store.get('a', 'K'), refused);
    await assert.rejects(store.names('a'), refused);
    await assert.rejects(store.set('a', 'K', 'v'), refused);
    await assert.rejects(store.remove('a', 'K'), refused);
    await assert.rejects(store.init({ kind: 'plain' }), refused);
    await assert.rejects(store.state(), refused);
    assert.equal(await readFile(file, 'utf8'), text);
  });
}

test('a link in place of the file or of its folder is refused', async (context) => {
  const { folder, store } = await plainStore(context);
  await store.set('a', 'K', 'value');
  const file = join(folder, 'secrets.json');
  await rename(file, `${folder}.elsewhere`);
  await symlink(`${folder}.elsewhere`, file);
  await assert.rejects(store.get('a', 'K'), code('SECRETS_UNREADABLE', /it is a link/));
  await assert.rejects(store.set('a', 'K', 'x'), code('SECRETS_UNREADABLE', /it is a link/));
  await rm(file);
  await rename(folder, `${folder}.moved`);
  await symlink(`${folder}.moved`, folder);
  await assert.rejects(store.names('a'), code('SECRETS_UNREADABLE', /it is a link/));
  await assert.rejects(store.init({ kind: 'plain' }), code('SECRETS_UNREADABLE', /it is a link/));
});

test('a folder in place of the file is refused', async (context) => {
  const folder = await folderFor(context);
  await mkdir(join(folder, 'secrets.json'), { recursive: true, mode: 0o700 });
  await assert.rejects(open(folder).get('a', 'K'), code('SECRETS_UNREADABLE', /it is no file/));
});

test('looser modes are warned of; without encryption the values are not used until that is put right', async (context) => {
  const { folder, store } = await plainStore(context);
  await store.set('a', 'K', 'value');
  const file = join(folder, 'secrets.json');
  await chmod(file, 0o644);
  assert.match((await store.warnings()).join(), /mode is 644.*chmod 600/);
  await assert.rejects(
    store.get('a', 'K'),
    code('SECRETS_UNREADABLE', /others may read them.*chmod 600/s),
  );
  await assert.rejects(store.set('a', 'K', 'x'), code('SECRETS_UNREADABLE'));
  await chmod(file, 0o600);
  assert.equal(await store.get('a', 'K'), 'value');
  await store.init({ kind: 'passphrase', passphrase });
  await chmod(folder, 0o755);
  assert.match((await store.warnings()).join(), /mode is 755.*chmod 700/);
  assert.equal(await store.get('a', 'K'), 'value');
});

test('what a writer left that was killed in between is swept away by the next', async (context) => {
  const { folder, store } = await plainStore(context);
  await writeFile(join(folder, 'secrets.json.0a1b.tmp'), '{"half":');
  await store.set('a', 'K', 'value');
  assert.deepEqual((await readdir(folder)).toSorted(), ['.locks', 'secrets.json']);
});

test('writers at the same time lose nothing of each other', async (context) => {
  const { folder } = await plainStore(context);
  await Promise.all(
    Array.from({ length: 12 }, (_, n) => open(folder).set(`cap${n % 3}`, `KEY_${n}`, `value ${n}`)),
  );
  const names = Object.values(await open(folder).all()).flat();
  assert.equal(names.length, 12);
});

test('a value that no variable can have is refused', async (context) => {
  const { store } = await plainStore(context);
  for (const value of ['', 'a\0b', '\ud800', 'x'.repeat(70_000)]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await assert.rejects(store.set('a', 'K', value), code('VARIABLE_INVALID', /cannot be kept/));
  }
});

test('reading does not make a store, and nothing is set before one is set up', async (context) => {
  const folder = await folderFor(context);
  const store = open(folder);
  assert.equal(await store.get('a', 'K'), null);
  assert.deepEqual(await store.state(), {
    protection: 'none',
    count: 0,
    isLocked: false,
    warnings: [],
  });
  assert.deepEqual(await store.remove('a'), []);
  assert.ok(!existsSync(folder));
  await assert.rejects(store.set('a', 'K', 'v'), code('SECRETS_LOCKED', /capstan secret init/));
});

const writer = fileURLToPath(new URL('../fixtures/secrets/writer.ts', import.meta.url));

/** A process that sets secrets until it is killed, and how many it said were set. */
async function writesUntilKilled(
  folder: string,
  capability: string,
  count: number,
): Promise<number> {
  const child = spawn(process.execPath, [writer, folder, capability], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text.split('\n').length - 1;
    if (said >= count) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return said;
}

test('writers in several processes, each killed in the middle, lose nothing that was said to be set', async (context) => {
  const { folder } = await plainStore(context);
  const rounds = [3, 8, 5].map(async (count, index) => {
    const capability = `cap${index}`;
    const said = await writesUntilKilled(folder, capability, count);
    return { capability, said };
  });
  for (const { capability, said } of await Promise.all(rounds)) {
    for (let n = 0; n < said; n++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      assert.equal(await open(folder).get(capability, `KEY_${n}`), `value ${n}`);
    }
  }
  // The lock of a killed writer is free at once, and what it left half-done is gone after the next.
  await open(folder).set('last', 'KEY', 'value');
  assert.deepEqual((await readdir(folder)).toSorted(), ['.locks', 'secrets.json']);
});
