import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { documentIn } from './documents.ts';
import { openShop, type Running, type Shop, startsIn } from './shell.ts';

let shop: Shop;
before(async () => {
  shop = await openShop('voices');
  const { code, stderr } = await shop.run('install', 'speech', 'broken');
  assert.equal(code, 0, stderr);
});
after(() => shop.remove());

const start = startsIn(() => shop);

async function up(): Promise<Running> {
  const host = start('up');
  await host.says('Up as process');
  return host;
}

type View = { instance: string; kind: string; state: string; pid: number | null };

async function instances(...argv: string[]): Promise<View[]> {
  const { code, stdout } = await shop.run('instances', ...argv, '--json');
  assert.equal(code, 0);
  return documentIn(stdout, 'instances')['instances'];
}

const states = async (): Promise<[string, string, string][]> =>
  (await instances()).map(({ instance, kind, state }) => [instance, kind, state]);

test('without a host a load checks that it starts, records what was set, and says that nothing stays', async () => {
  const loaded = await shop.run('load', 'speech', '--as', 'speech-b', '--set', 'model=large');
  assert.equal(loaded.code, 0, loaded.stderr);
  assert.match(loaded.stdout, /^speech-b \(speech\) is ready \(process \d+\)\n/);
  assert.match(loaded.stderr, /No host stays up here[^]*capstan up/);
  assert.deepEqual(await states(), [
    ['speech', 'default', 'stopped'],
    ['speech-large', 'declared', 'stopped'],
    ['speech-b', 'named', 'stopped'],
    ['broken', 'default', 'stopped'],
    ['absent', 'default', 'stopped'],
  ]);
  const called = await shop.run('run', 'speech-b.transcribe', '-i', 'audio=a');
  assert.deepEqual([called.code, called.stdout], [0, 'large: a\n']);
  const file = join(shop.root, 'uses-it.yaml');
  await writeFile(
    file,
    'name: uses-it\nnodes:\n  one: { use: speech-b, action: transcribe, with: { audio: b } }\noutputs:\n  text: "${{ nodes.one.output }}"\n',
  );
  assert.equal((await shop.run('validate', file)).code, 0);
  assert.equal((await shop.run('run', file)).stdout, 'text  large: b\n');
  const forgotten = await shop.run('unload', 'speech-b', '--forget');
  assert.deepEqual([forgotten.code, forgotten.stdout], [0, 'speech-b is unloaded and forgotten\n']);
  assert.equal((await shop.run('run', 'speech-b.transcribe', '-i', 'audio=a')).code, 3);
});

test('with a host that is up they are loaded, reloaded, changed and unloaded in it', async () => {
  const host = await up();
  const loaded = await shop.run('load', 'speech', 'speech-large', '--concurrency', '2', '--json');
  assert.equal(loaded.code, 0, loaded.stderr);
  const { results } = documentIn(loaded.stdout, 'load');
  assert.deepEqual(
    results.map(({ key, instance }: { key: string; instance: View }) => [key, instance.state]),
    [
      ['speech', 'ready'],
      ['speech-large', 'ready'],
    ],
  );
  const [speech] = await instances('speech');
  assert.equal(speech?.pid, results[0].instance.pid);
  const reloaded = documentIn((await shop.run('reload', 'speech', '--json')).stdout, 'reload');
  assert.notEqual(reloaded['instance'].pid, speech?.pid);
  assert.equal((await shop.run('config', 'set', 'speech', 'model=large')).code, 0);
  const called = await shop.run('run', 'speech.transcribe', '-i', 'audio=a');
  assert.equal(called.stdout, 'large: a\n');
  assert.equal(
    (await instances('speech'))[0]?.pid,
    reloaded['instance'].pid,
    'it was changed alive',
  );
  const prefetched = await shop.run('prefetch', 'speech', '--json');
  assert.deepEqual(documentIn(prefetched.stdout, 'prefetch'), {
    instance: 'speech',
    status: 'prefetched',
  });
  const fresh = await shop.run('load', 'speech', '--new', '--slots', '3', '--json');
  const { key, instance } = documentIn(fresh.stdout, 'load')['results'][0];
  assert.equal(key, 'speech');
  assert.match(instance.instance, /^speech-[0-9a-f]{6}$/);
  const own = await shop.run('run', `${instance.instance}.transcribe`, '-i', 'audio=b');
  assert.equal(own.stdout, 'tiny: b\n', 'what was set of one instance is of no other');
  const unloaded = await shop.run('unload', 'speech', 'speech-large', instance.instance, '--json');
  assert.equal(documentIn(unloaded.stdout, 'unload')['results'].length, 3);
  assert.equal(
    (await instances()).every(({ state }) => state === 'stopped'),
    true,
  );
  assert.equal(
    (await instances()).some(({ kind }) => kind === 'generated'),
    false,
  );
  await shop.run('unload', 'speech', '--forget');
  assert.equal((await shop.run('down')).code, 0);
  await host.ended;
});

test('a load of several tells each, and ends as the first that failed', async () => {
  const mixed = await shop.run('load', 'speech', 'broken', '--json');
  assert.equal(mixed.code, 1);
  const { results } = documentIn(mixed.stdout, 'load');
  assert.deepEqual(
    results.map(({ error }: { error: { code: string } | null }) => error?.code ?? null),
    [null, 'WORKER_START_FAILED'],
  );
  const told = await shop.run('load', 'speech', 'broken');
  assert.match(told.stdout, /^speech is ready/);
  assert.match(told.stderr, /could not be initialized: the licence server said no/);
  const first = await shop.run('load', 'broken', 'speech', '--fail-fast', '--concurrency', '1');
  assert.equal(first.code, 1);
  assert.doesNotMatch(first.stdout, /speech/);
});

const refused: [argv: string[], code: number, says: RegExp][] = [
  [['load', 'speach'], 3, /no capability or instance "speach"[^]*did you mean "speech"/],
  [['load', 'absent'], 3, /CAPABILITY_NOT_INSTALLED/],
  [['load', 'broken'], 1, /the licence server said no[^]*WORKER_START_FAILED/],
  [['load', 'speech', '--as', 'broken'], 5, /is the name of a capability[^]*INSTANCE_EXISTS/],
  [['load', 'broken', '--as', 'speech-large'], 5, /is an instance of speech already/],
  [['load', 'speech', '--as', 'a b'], 2, /1 to 64 of the characters/],
  [['load', 'speech', '--as', 'speech-abcdef'], 2, /looks like a name that Capstan generates/],
  [['load', 'speech', '--as', 'x', '--new'], 2, /--as or --new/],
  [['load', 'speech', '--set', 'modle=large'], 2, /modle[^]*did you mean "model"/],
  [['load', 'speech', '--set', 'model'], 2, /has no "="/],
  [['load', 'speech', '--set', 'model=huge'], 2, /must be one of/],
  [['load', 'speech', '--env', 'DEVICE_ODER=bus'], 2, /no variable DEVICE_ODER[^]*DEVICE_ORDER/],
  [['load', 'speech', '--slots', '0'], 2, /1 at least/],
  [['load', 'speech', 'broken', '--as', 'x'], 2, /one by one/],
  [['load'], 2, /missing required argument/],
  [['unload', 'speach'], 3, /no instance "speach"[^]*did you mean "speech"/],
  [['unload', 'speech', 'broken', '--forget'], 2, /one instance at a time/],
  [['reload', 'speach'], 3, /did you mean "speech"/],
  [['prefetch', 'speach'], 3, /did you mean "speech"/],
  [['instances', 'speach'], 3, /did you mean "speech"/],
  [['enable', 'speach'], 3, /did you mean "speech"/],
];

test('what cannot be right is refused by code, with a host and without', async () => {
  const ask = async (cases: typeof refused): Promise<void> => {
    for (const [argv, code, says] of cases) {
      // oxlint-disable-next-line no-await-in-loop -- two cores
      const answer = await shop.run(...argv);
      assert.equal(answer.code, code, `${argv.join(' ')}: ${answer.stderr}`);
      assert.match(answer.stderr, says, argv.join(' '));
      assert.equal(answer.stdout, '');
    }
  };
  await ask(refused.slice(0, 5));
  await up();
  await ask(refused);
  assert.equal(
    (await instances()).every(({ state }) => state === 'stopped'),
    true,
  );
});

test('a load that is given up with Ctrl-C leaves nothing running in a host that is up', async () => {
  await up();
  await shop.run('config', 'set', 'speech', 'loadMs=60000');
  const loading = start('load', 'speech');
  await loading.says('initializing: loading');
  loading.kill('SIGINT');
  const { code, stderr } = await loading.ended;
  assert.equal(code, 130, stderr);
  // Its client does not wait for the end of what it gave up.
  let state: string | undefined = 'starting';
  // oxlint-disable-next-line no-await-in-loop -- until it is so
  while (state === 'starting') state = (await instances('speech'))[0]?.state;
  assert.equal(state, 'stopped');
  await shop.run('unload', 'speech', '--forget');
});

test('a generated instance that was disabled is not known to the next host', async () => {
  const host = await up();
  const { results } = documentIn(
    (await shop.run('load', 'speech', '--new', '--json')).stdout,
    'load',
  );
  const id: string = results[0].instance.instance;
  assert.equal((await shop.run('disable', id)).code, 0);
  assert.equal((await shop.run('run', `${id}.describe`)).code, 5);
  await shop.run('down');
  await host.ended;
  assert.equal(
    (await instances()).some(({ instance }) => instance === id),
    false,
  );
});
