import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type LeakyShop, openLeakyShop } from '../secrets/leaky-shop.ts';
import { doors } from '../../src/cli/runtime.ts';
import { documentIn } from './documents.ts';
import { type Answer, capstan } from './fake-io.ts';
import { startCapstan } from './shell.ts';

let shop: LeakyShop;
/** The same without anything that gives the passphrase. */
let locked: NodeJS.ProcessEnv;
before(async () => {
  shop = await openLeakyShop('node');
  const { CAPSTAN_SECRETS_PASSPHRASE_FILE: _, ...rest } = shop.env;
  locked = rest;
  const installed = await shop.run(['install', 'leaky', 'quiet', '--yes']);
  assert.equal(installed.code, 0, installed.stderr);
});
after(() => shop.remove());

/** In this process, which saves the start of another. */
const say = (argv: readonly string[], stdin = ''): Promise<Answer> =>
  capstan([...argv], { cwd: shop.root, env: shop.env, stdin, ...doors });

const passphrase = 'a passphrase for a test\n';

test('a secret is refused as an argument, with the reason, and not said again', async () => {
  for (const argv of [
    ['leaky', 'API_KEY', 'sk-typed-0123'],
    ['leaky', 'API_KEY=sk-typed-0123'],
    ['leaky', 'API_KEY', '--value', 'sk-typed-0123'],
    ['leaky', 'API_KEY', '--value=sk-typed-0123'],
  ]) {
    // oxlint-disable-next-line no-await-in-loop -- two cores
    const said = await say(['secret', 'set', ...argv]);
    assert.equal(said.code, 2);
    assert.match(
      said.stderr,
      /every program of this machine can read it[^]*secret set leaky API_KEY/,
    );
    assert.doesNotMatch(said.stdout + said.stderr, /sk-typed/);
  }
});

test('an unknown capability, an undeclared name and a variable that is no secret are answered', async () => {
  const cases: [string[], number, RegExp][] = [
    [['laeky', 'API_KEY'], 3, /did you mean "leaky"[^]*CAPABILITY_NOT_FOUND/],
    [['leaky', 'API_KYE'], 3, /did you mean "API_KEY"[^]*--undeclared[^]*VARIABLE_NOT_FOUND/],
    [['leaky', 'REGION'], 2, /is no secret[^]*capstan env set leaky REGION=…[^]*VARIABLE_INVALID/],
    [['leaky', 'API-KEY'], 2, /letters, digits and _[^]*VARIABLE_INVALID/],
    [['unready', 'API_KEY'], 3, /capstan install unready[^]*CAPABILITY_NOT_INSTALLED/],
    [['leaky', 'API_KEY'], 2, /nothing on stdin[^]*USAGE/],
  ];
  for (const [argv, code, says] of cases) {
    // oxlint-disable-next-line no-await-in-loop -- two cores
    const said = await say(['secret', 'set', ...argv]);
    assert.equal(said.code, code, said.stderr);
    assert.match(said.stderr, says);
  }
  const bare = await say(['secret']);
  assert.equal(bare.code, 2);
  assert.match(bare.stderr, /needs one of its commands: set, list, remove, init, unlock/);
});

test('what is required and missing is named before anything is started, with what to type', async () => {
  const said = await shop.run(['run', 'leaky.tell']);
  assert.equal(said.code, 1);
  assert.match(
    said.stderr,
    /leaky cannot start without API_KEY[^]*capstan secret set leaky API_KEY[^]*SECRET_MISSING/,
  );
  const spawned = await say(['journal', 'query', '--type', 'worker_spawned', '--json']);
  assert.deepEqual(JSON.parse(spawned.stdout).events, []);
  const doctor = await say(['doctor']);
  assert.match(doctor.stdout, /variables of leaky +API_KEY has no value/);
});

test('a secret is set from stdin, listed without its value, used, and removed', async () => {
  const set = await say(['secret', 'set', 'leaky', 'API_KEY', '--json'], 'sk-first-0123\n');
  assert.equal(set.code, 0, set.stdout);
  assert.deepEqual(documentIn(set.stdout, 'secret-set'), {
    capability: 'leaky',
    name: 'API_KEY',
    set: true,
    host: null,
    warnings: [],
  });
  const list = documentIn((await say(['secret', 'list', '--json'])).stdout, 'secret-list');
  assert.equal(list['protection'], 'passphrase');
  assert.deepEqual(
    list['secrets'].map((one: { name: string; set: boolean }) => [one.name, one.set]),
    [
      ['API_KEY', true],
      ['HIDDEN_KEY', false],
      ['API_KEY', false],
    ],
  );
  const show = documentIn((await say(['show', 'leaky', '--json'])).stdout, 'show');
  assert.equal(show['variables'][0].satisfied, true);
  assert.equal((await shop.run(['run', 'leaky.tell'])).code, 0);
  const wrong = await say(['secret', 'remove', 'leaky', 'API_KYE']);
  assert.equal(wrong.code, 3);
  assert.match(wrong.stderr, /did you mean "API_KEY"/);
  assert.equal((await say(['secret', 'remove', 'leaky'])).code, 2);
  const removed = await say(['secret', 'remove', 'leaky', 'API_KEY', '--json']);
  assert.deepEqual(documentIn(removed.stdout, 'secret-remove')['removed'], ['API_KEY']);
  assert.equal((await say(['secret', 'remove', 'leaky', '--all'])).code, 0);
});

test('a persisted override of a visible variable holds for its instance, across hosts, until it is unset', async () => {
  await say(['secret', 'set', 'leaky', 'API_KEY'], 'sk-first-0123');
  const regionOf = async () => JSON.parse((await shop.run(['run', 'leaky.tell'])).stdout).region;
  assert.equal(await regionOf(), 'us');
  const set = await say(['env', 'set', 'leaky', 'REGION=eu', '--json']);
  assert.deepEqual(documentIn(set.stdout, 'env-set'), { instance: 'leaky', env: { REGION: 'eu' } });
  assert.equal(await regionOf(), 'eu');
  const list = documentIn((await say(['env', 'list', 'leaky', '--json'])).stdout, 'env-list');
  const region = list['variables'].find((one: { name: string }) => one.name === 'REGION');
  assert.deepEqual([region.value, region.source], ['eu', 'override']);
  for (const [argv, says] of [
    [['env', 'set', 'leaky', 'REGION=mars'], /none of its options[^]*us, eu[^]*VARIABLE_INVALID/],
    [['env', 'set', 'leaky', 'REGIN=eu'], /did you mean "REGION"[^]*VARIABLE_NOT_FOUND/],
    [['env', 'set', 'leaky', 'API_KEY=sk-1'], /is a secret[^]*capstan secret set leaky API_KEY/],
    [['env', 'set', 'leaky', 'REGION'], /NAME=value/],
    [['env', 'set', 'laeky', 'REGION=eu'], /did you mean "leaky"/],
    [['env', 'unset', 'leaky', 'REGIN'], /did you mean "REGION"/],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop -- two cores
    const said = await say(argv);
    assert.notEqual(said.code, 0);
    assert.match(said.stderr, says);
  }
  assert.equal((await say(['env', 'unset', 'leaky', 'REGION'])).code, 0);
  assert.equal(await regionOf(), 'us');
});

test('setting a secret starts the loaded workers of that capability anew, unless told not to', async () => {
  const host = shop.start('up');
  await host.says('Up as process');
  const pidOf = async (name: string): Promise<number | null> => {
    const { instances } = JSON.parse((await say(['instances', '--json'])).stdout);
    return instances.find((one: { instance: string }) => one.instance === name)?.pid ?? null;
  };
  try {
    await shop.run(['run', 'leaky.tell']);
    await shop.run(['run', 'quiet.look']);
    const [first, other] = [await pidOf('leaky'), await pidOf('quiet')];
    assert.ok(first !== null && other !== null);
    await say(['secret', 'set', 'leaky', 'API_KEY', '--no-restart'], 'sk-second-0123');
    assert.equal(await pidOf('leaky'), first);
    const set = await say(['secret', 'set', 'leaky', 'API_KEY', '--json'], 'sk-third-0123');
    assert.equal(documentIn(set.stdout, 'secret-set')['host'], host.pid);
    assert.notEqual(await pidOf('leaky'), first);
    assert.equal(await pidOf('quiet'), other, 'one of another capability stays');
    // One that is required and gone: the worker does not go on with what it had.
    await say(['secret', 'remove', 'leaky', 'API_KEY']);
    assert.equal(await pidOf('leaky'), null);
    assert.match((await shop.run(['run', 'leaky.tell'])).stderr, /SECRET_MISSING/);
    await say(['secret', 'set', 'leaky', 'API_KEY'], 'sk-fourth-0123');
    assert.equal(
      (await shop.run(['run', 'leaky.tell'])).code,
      0,
      'and starts as soon as it is set',
    );
  } finally {
    await shop.run(['down']);
    await host.ended;
  }
});

test('a resident host without the passphrase lets jobs wait, says why, and goes on when it is unlocked', async () => {
  const host = startCapstan(['up'], shop.root, locked);
  await host.says('The secrets are locked');
  try {
    const submitted = JSON.parse((await shop.run(['submit', 'leaky.tell', '--json'])).stdout);
    const [{ id }] = submitted.jobs;
    const quiet = await shop.run(['run', 'quiet.look']);
    assert.equal(quiet.code, 0, 'what needs no secret runs');
    const job = await say(['job', id]);
    assert.match(job.stdout, /needs API_KEY, and the secrets are locked; `capstan secret unlock`/);
    const wrong = await say(['secret', 'unlock'], 'another\n');
    assert.equal(wrong.code, 5);
    assert.match(wrong.stderr, /the passphrase is wrong[^]*SECRETS_LOCKED/);
    const right = await say(['secret', 'unlock', '--json'], passphrase);
    assert.deepEqual(documentIn(right.stdout, 'secret-unlock'), { unlocked: true, host: host.pid });
    assert.equal((await shop.run(['wait', id])).code, 0);
  } finally {
    await shop.run(['down']);
    await host.ended;
  }
  const nobody = await say(['secret', 'unlock'], passphrase);
  assert.equal(nobody.code, 5);
  assert.match(nobody.stderr, /No host is up here/);
});

test('a command that is its own host fails what needs locked secrets at once', async () => {
  const said = await startCapstan(['run', 'leaky.tell'], shop.root, locked).ended;
  assert.equal(said.code, 1);
  assert.match(
    said.stderr,
    /The secrets are locked[^]*CAPSTAN_SECRETS_PASSPHRASE_FILE[^]*SECRETS_LOCKED/,
  );
});

test('secrets move to another protection, and no encryption is only by choice and warned of', async () => {
  const again = await say(['secret', 'init']);
  assert.equal(again.code, 2);
  assert.match(again.stderr, /--keychain, --passphrase [^]*--plain/);
  const plain = await say(['secret', 'init', '--plain', '--json']);
  const moved = documentIn(plain.stdout, 'secret-init');
  assert.deepEqual([moved['protection'], moved['moved']], ['plain', 1]);
  for (const argv of [
    ['run', 'leaky.tell'],
    ['secret', 'list'],
  ]) {
    // oxlint-disable-next-line no-await-in-loop -- two cores
    const said = await shop.run(argv);
    assert.equal(said.code, 0);
    assert.match(said.stderr, /warning: Secrets are kept unencrypted/, argv.join(' '));
  }
  const back = await say(['secret', 'init', '--passphrase'], passphrase);
  assert.equal(back.code, 0, back.stderr);
  assert.equal((await shop.run(['run', 'leaky.tell'])).code, 0);
});

test('a damaged file of secrets is refused everywhere, and everything else works', async () => {
  const file = join(shop.root, '.capstan', 'secrets', 'secrets.json');
  await writeFile(file, '{"capstan_secrets": 1, "id"');
  for (const argv of [
    ['secret', 'list'],
    ['secret', 'set', 'leaky', 'API_KEY'],
    ['run', 'leaky.tell'],
  ]) {
    // oxlint-disable-next-line no-await-in-loop -- two cores
    const said = await shop.run(argv, 'value');
    assert.notEqual(said.code, 0);
    assert.match(
      said.stderr,
      /cannot be used: it is no JSON[^]*mv '[^]*SECRETS_UNREADABLE/,
      argv.join(' '),
    );
  }
  const doctor = await say(['doctor']);
  assert.match(doctor.stdout, /secrets[^]*it is no JSON/);
  assert.equal((await say(['jobs'])).code, 0);
});
