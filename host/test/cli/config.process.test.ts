import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, beforeEach, before, test } from 'node:test';
import type { JsonObject } from '@capstan/protocol';
import { documentIn } from './documents.ts';
import { openShop, type Running, type Shop, startsIn } from './shell.ts';

let shop: Shop;
before(async () => {
  shop = await openShop('settings');
  const installed = await shop.run('install');
  assert.equal(installed.code, 0, installed.stderr);
});
after(() => shop.remove());
/** Instances of which something was set, which the next test does not want to find. */
const changed = new Set<string>();
beforeEach(async () => {
  for (const name of changed) {
    // oxlint-disable-next-line no-await-in-loop -- one host at a time
    assert.equal((await shop.run('config', 'unset', name, '--all')).code, 0);
  }
  changed.clear();
});

const start = startsIn(() => shop);

async function up(): Promise<Running> {
  const host = start('up');
  await host.says('Up as process');
  return host;
}

async function config(...argv: string[]) {
  const ended = await shop.run('config', ...argv);
  if (argv[0] === 'set' && ended.code === 0) changed.add(argv[1] ?? '');
  return ended;
}

async function got(name = 'speech') {
  const { stdout, stderr } = await config('get', name, '--json');
  assert.equal(stderr, '');
  return documentIn(stdout, 'config');
}

/** What the worker has, as it tells itself. */
async function inForce(
  name = 'speech',
): Promise<{ log: string[]; pid: number; config: JsonObject; keyLength: number }> {
  const { stdout, stderr, code } = await shop.run('submit', `${name}.which`, '--wait');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

async function spawnedSoFar(): Promise<number> {
  const { stdout } = await shop.run('journal', '--type', 'worker_spawned', '--json');
  return JSON.parse(stdout).events.length;
}

test('every setting is shown with its value and where it comes from: default, capstan.yaml, or set', async () => {
  await config('set', 'speech', 'words=a,b');
  const { code, stdout } = await config('get', 'speech');
  assert.equal(code, 0);
  assert.deepEqual(stdout.trimEnd().split('\n'), [
    'SETTING   VALUE        SOURCE',
    'model     tiny         default',
    'threads   8            capstan.yaml',
    'words     ["a","b"]    set',
    'language  null         default',
    'device    cpu          default',
    'key       ********     capstan.yaml',
    'decoder   {"beams":5}  default',
  ]);
  const { values, sources, configHash } = await got();
  assert.equal(values['threads'], 8);
  assert.equal(sources['words'], 'set');
  assert.match(configHash, /^sha256:/);
});

test('the value of one setting is printed alone, as a script wants it', async () => {
  assert.equal((await config('get', 'speech', 'model')).stdout, 'tiny\n');
  assert.equal((await config('get', 'speech', 'decoder.beams')).stdout, '5\n');
  assert.equal((await config('get', 'speech', 'language')).stdout, 'null\n');
  const { stdout } = await config('get', 'speech', 'threads', '--json');
  assert.deepEqual(documentIn(stdout, 'config-value'), {
    instance: 'speech',
    setting: 'threads',
    value: 8,
    source: 'capstan.yaml',
  });
});

test('values are read as their declared types, and looking and setting start no worker', async () => {
  const earlier = await spawnedSoFar();
  const set = await config(
    'set',
    'speech',
    'model=large',
    'threads=3',
    'words=yes, no',
    'language:="de"',
    'decoder.beams=9',
  );
  assert.equal(set.code, 0);
  assert.match(set.stderr, /It counts from its next start\./);
  const { values, sources } = await got();
  assert.deepEqual(
    { ...values, key: undefined },
    {
      model: 'large',
      threads: 3,
      words: ['yes', 'no'],
      language: 'de',
      device: 'cpu',
      key: undefined,
      decoder: { beams: 9 },
    },
  );
  assert.equal(sources['decoder'], 'set');
  assert.equal(await spawnedSoFar(), earlier);
  assert.equal((await inForce()).config['threads'], 3);
});

test('everything that is wrong is told at once, and then nothing has changed', async () => {
  const earlier = await got();
  const { code, stderr } = await config(
    'set',
    'speech',
    'modle=large',
    'threads=99',
    'model=huge',
    'decoder.beam=1',
    'device:=5',
    'words=fine',
  );
  assert.equal(code, 2);
  for (const part of [
    'modle is an unknown setting (did you mean "model"?)',
    'threads must be from 1 to 64, not the number 99',
    'model must be one of "tiny", "large", not the text "huge"',
    'decoder.beam is an unknown setting (did you mean "beams"?)',
    'device must be text, not the number 5',
    'CONFIG_INVALID',
  ]) {
    assert.ok(stderr.includes(part), `${stderr}\nshould say ${part}`);
  }
  assert.deepEqual(await got(), earlier);
});

test('a misspelt instance or setting is answered with the nearest one', async () => {
  const cases: [argv: string[], code: number, says: RegExp][] = [
    [['get', 'speach'], 3, /did you mean "speech"[^]*INSTANCE_NOT_FOUND/],
    [['set', 'speech-lrge', 'model=tiny'], 3, /did you mean "speech-large"/],
    [['get', 'speech', 'modl'], 2, /no setting "modl"[^]*did you mean "model"/],
    [['unset', 'speech', 'thraeds'], 2, /did you mean "threads"/],
    [['schema', 'speach'], 3, /did you mean "speech"/],
    [['options', 'speach'], 3, /did you mean "speech"/],
    [['gte', 'speech'], 2, /get/],
    [['set', 'speech'], 2, /not said what to set/],
    [['set', 'speech', 'model'], 2, /model has no "="/],
    [['set', 'speech', 'words:=[1'], 2, /is not JSON/],
    [['unset', 'speech'], 2, /not said what to take back/],
    [['unset', 'speech', 'model', '--all'], 2, /--all takes no names/],
    [['set', 'speech', '--replace', '--unset', 'model'], 2, /leaves nothing/],
    [['set', 'speech', '--file', 'missing.yaml'], 3, /FILE_NOT_FOUND/],
  ];
  for (const [argv, code, says] of cases) {
    // oxlint-disable-next-line no-await-in-loop -- one host at a time
    const ended = await config(...argv);
    assert.equal(ended.code, code, `${argv.join(' ')}: ${ended.stderr}`);
    assert.match(ended.stderr, says);
  }
});

test('a whole configuration stands on the defaults alone, also an empty one, until everything is taken back', async () => {
  await config('set', 'speech', 'model=large');
  assert.equal((await config('set', 'speech', '--replace', 'words=a')).code, 0);
  let { values, sources } = await got();
  assert.deepEqual([values['model'], values['threads'], values['words']], ['tiny', 4, ['a']]);
  assert.deepEqual([sources['threads'], sources['words']], ['default', 'set']);
  assert.equal((await config('set', 'speech', '--replace')).code, 0);
  ({ values, sources } = await got());
  assert.deepEqual([values['threads'], values['words'], sources['words']], [4, [], 'default']);
  await config('unset', 'speech', '--all');
  ({ values, sources } = await got());
  assert.deepEqual([values['threads'], sources['threads']], [8, 'capstan.yaml']);
});

test('a setting is taken back to what capstan.yaml or the default says', async () => {
  await config('set', 'speech', 'threads=3', 'model=large');
  await config('set', 'speech', '--unset', 'threads', 'words=a');
  assert.deepEqual(
    [(await got()).values['threads'], (await got()).sources['threads']],
    [8, 'capstan.yaml'],
  );
  await config('unset', 'speech', 'model');
  assert.equal((await got()).values['model'], 'tiny');
});

test('settings come from a file of YAML or JSON too, with those of the command line over them', async () => {
  await writeFile(join(shop.root, 'settings.yaml'), 'model: large\nthreads: 3\n');
  assert.equal((await config('set', 'speech', '--file', 'settings.yaml', 'threads=5')).code, 0);
  const { values } = await got();
  assert.deepEqual([values['model'], values['threads']], ['large', 5]);
  await writeFile(join(shop.root, 'wrong.json'), '{"model": [');
  const wrong = await config('set', 'speech', '--file', 'wrong.json');
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /wrong\.json:1:/);
});

test('a lenient change drops what is not known with a warning, and does not keep it', async () => {
  const { code, stdout, stderr } = await config('set', 'speech', 'old=1', 'threads=3', '--lenient');
  assert.equal(code, 0);
  assert.match(stdout, /threads +3 +set/);
  assert.match(stderr, /warning: old is an unknown setting and is ignored/);
  assert.deepEqual((await got()).warnings, []);
});

test('a password is never recorded by a command, and one in capstan.yaml is never shown', async () => {
  const refused = await config('set', 'speech', 'key=swordfish');
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /declared as a password[^]*capstan secret set/);
  assert.ok(!refused.stderr.includes('swordfish'));
  const all = await config('get', 'speech', '--json');
  assert.ok(!all.stdout.includes('hunter2'));
  // The tool gets it; whatever it says of it is taken out again.
  const { config: told, keyLength } = await inForce();
  assert.deepEqual([told['key'], keyLength], ['[secret key]', 'hunter2'.length]);
  const journal = await readFile(join(shop.root, '.capstan', 'state.db'), 'latin1');
  assert.ok(!journal.includes('swordfish'));
});

test('an instance has settings of its own over those of its capability', async () => {
  await config('set', 'speech-large', 'threads=2');
  const { values, sources, capability } = await got('speech-large');
  assert.equal(capability, 'speech');
  assert.deepEqual([values['model'], sources['model']], ['large', 'capstan.yaml']);
  assert.deepEqual([values['threads'], sources['threads']], [2, 'set']);
  assert.equal((await got('speech')).values['threads'], 8);
  assert.equal((await inForce('speech-large')).config['model'], 'large');
});

test('the schema tells what there is to set, what is allowed and what a change reloads', async () => {
  const { stdout } = await config('schema', 'speech');
  assert.match(stdout, /model +"tiny" \| "large" +tiny +reloads model; More is slower\./);
  assert.match(stdout, /threads +integer +4 +1 to 64/);
  assert.match(stdout, /decoder\.beams +integer +5 +at least 1/);
  const json = documentIn((await config('schema', 'speech', '--json')).stdout, 'config-schema');
  assert.equal(json['schema'].properties.model.reloadTrigger, 'model');
});

test('live options are laid over the schema, and are never part of the hash', async () => {
  const { configHash } = await got();
  const { stdout } = await config('options', 'speech');
  assert.match(stdout, /device +cpu +\* +This processor/);
  const json = documentIn((await config('options', 'speech', '--json')).stdout, 'config-options');
  assert.deepEqual(json['schema'].properties.device.enum, ['cpu', 'cuda:0']);
  assert.equal(json['schema'].properties.threads.maximum, 2);
  assert.equal((await got()).configHash, configHash);
});

test('through a host that is up, the living worker is reconfigured: triggers once, then the new settings', async () => {
  await up();
  const earlier = await inForce();
  const set = await config('set', 'speech', 'model=large', 'device=cuda:0', 'threads=3');
  assert.match(set.stderr, /Its worker works with it now\./);
  const now = await inForce();
  assert.equal(now.pid, earlier.pid);
  assert.deepEqual(now.log, ['initialize tiny 8', 'release model', 'initialize large 3']);
  // Setting what is set already disturbs nobody.
  assert.match((await config('set', 'speech', 'threads=3')).stdout, /nothing has changed/);
  assert.equal((await inForce()).log.length, 3);
  assert.equal((await shop.run('down')).code, 0);
  // and it is kept
  assert.equal((await got()).values['model'], 'large');
});

test('settings that the tool itself refuses leave the old ones in force, in the worker and on disk', async () => {
  await up();
  const earlier = await inForce();
  const refused = await config('set', 'speech', 'threads=13');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /thirteen is too many/);
  const now = await inForce();
  assert.deepEqual([now.pid, now.config['threads']], [earlier.pid, 8]);
  assert.equal((await got()).values['threads'], 8);
  const wrong = await config('set', 'speech', 'thread=1');
  assert.match(wrong.stderr, /did you mean "threads"/);
  assert.equal((await shop.run('down')).code, 0);
});

test('wrong settings in capstan.yaml are found by validate, and refused with file, line and column', async () => {
  const file = join(shop.root, 'capstan.yaml');
  const source = await readFile(file, 'utf8');
  await writeFile(file, source.replace('threads: 8', 'threads: 99, modle: tiny'));
  const validated = await shop.run('validate');
  assert.equal(validated.code, 2);
  for (const { stderr, stdout } of [validated, await config('get', 'speech')]) {
    const said = stdout + stderr;
    assert.match(
      said,
      /capstan\.yaml:5:24: [^]*config\.threads must be from 1 to 64, not the number 99/,
    );
    assert.match(said, /config\.modle is an unknown setting[^]*did you mean "model"\?/);
  }
  await writeFile(
    file,
    source
      .replace('threads: 8', 'threads: 7, old: 1')
      .replace('config:', 'lenient: true\n    config:'),
  );
  assert.deepEqual((await got()).warnings.length, 1);
  assert.equal((await got()).values['threads'], 7);
  await writeFile(file, source);
});

test('a capability whose schema nobody can use is not installed', async () => {
  const file = join(shop.root, 'capstan.yaml');
  const source = await readFile(file, 'utf8');
  const broken = `import { defineCapability } from '@capstan/worker';
export default defineCapability({
  name: 'broken', version: '1', actions: {},
  config: { type: 'object', properties: { a: { $ref: 'http://127.0.0.1:9/elsewhere.json' } } },
});
`;
  await writeFile(join(shop.root, 'broken.ts'), broken);
  await writeFile(file, `${source}  - { name: broken, environment: npm, source: ./broken.ts }\n`);
  const installed = await shop.run('install', 'broken');
  assert.equal(installed.code, 1);
  assert.match(
    installed.stderr,
    /settings of broken cannot be used[^]*nothing is fetched[^]*INTROSPECTION_FAILED/,
  );
  await writeFile(file, source);
});

test('what was set before an upgrade is left out where it is not known any more, and shown where it does not fit', async () => {
  await config('set', 'speech', 'model=large', 'device=cuda:0');
  const file = join(shop.root, 'speech.ts');
  const source = await readFile(file, 'utf8');
  const upgraded = source
    .replace("'tiny', 'large'", "'tiny', 'huge'")
    .replace("    device: { type: 'string', default: 'cpu', reloadTrigger: 'model' },\n", '');
  assert.notEqual(upgraded, source);
  await writeFile(file, upgraded);
  await writeFile(
    join(shop.root, 'capstan.yaml'),
    'capabilities: [{ name: speech, environment: npm, source: ./speech.ts }]\n',
  );
  assert.equal((await shop.run('install')).code, 0);
  const { values, warnings, problems } = await got();
  assert.equal(values['model'], 'large');
  assert.match(warnings[0], /"device" was set once and is not known any more/);
  assert.deepEqual(problems, ['model must be one of "tiny", "huge", not the text "large"']);
  const shown = await config('get', 'speech');
  assert.equal(shown.code, 0);
  assert.match(shown.stderr, /problem: model must be one of[^]*cannot be started like this/);
  const run = await shop.run('submit', 'speech.which', '--wait');
  assert.match(run.stderr, /model must be one of[^]*CONFIG_INVALID/);
  assert.equal((await config('unset', 'speech', 'model')).code, 0);
  assert.equal((await inForce()).config['model'], 'tiny');
});
