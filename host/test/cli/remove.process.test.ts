import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { documentIn } from './documents.ts';
import { openShop, type Shop, startsIn } from './shell.ts';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
  await appendFile(
    join(shop.root, 'tools.ts'),
    `\nexport class Greeting {
  static taskName = 'greeting';
  static toolProtocol = { name: 'Greets', methods: { greet: ['who'] } };
  tool: any;
  constructor(tool: any) { this.tool = tool; }
  hello({ who }: { who: string }) { return this.tool.greet(who); }
}
export class Shouting {
  static taskName = 'shouting';
  static toolProtocol = { name: 'Shouts', methods: { shout: [], greet: ['whom'] }, properties: ['voice'] };
}\n`,
  );
  assert.equal((await shop.run('install')).code, 0);
});
const start = startsIn(() => shop);
afterEach(() => shop.remove());

const manifest = (): string => join(shop.root, '.capstan/manifests/tools.json');

const environmentOf = (): string =>
  (JSON.parse(readFileSync(manifest(), 'utf8')) as { capstan: { environment: { path: string } } })
    .capstan.environment.path;

test('adapters that a module brings are listed with their tasks, what they need, and whom they fit or why not', async () => {
  const { code, stdout } = await shop.run('adapters');
  assert.equal(code, 0);
  assert.equal(
    stdout,
    [
      'greeting',
      '  tools.Greeting  with tools',
      '    needs  greet(who)',
      '    tools  bound',
      'shouting',
      '  tools.Shouting  with tools',
      '    needs  greet(whom), shout(), voice',
      '    tools  does not fit: it has no method shout(); it has no property voice; greet(who, loud) does not begin with (whom)',
      '',
    ].join('\n'),
  );
  const { adapters } = documentIn((await shop.run('adapters', '--json')).stdout, 'adapters');
  assert.equal(adapters[1].capabilities[0].compatible, false);
  const unknown = await shop.run('adapters', '--task', 'greting');
  assert.equal(unknown.code, 3);
  assert.match(unknown.stderr, /No adapter gives the task "greting"[^]*did you mean "greeting"/);
  const called = await shop.run('submit', 'tools.greeting.hello', '-i', 'who=World', '--wait');
  assert.match(called.stdout, /Hello, World!/);
});

test('check says whether an adapter fits, what is missing, and so does its exit code', async () => {
  const fits = await shop.run('check', 'tools', 'Greeting');
  assert.deepEqual([fits.code, fits.stderr], [0, '']);
  const unfit = await shop.run('check', 'tools', 'tools.Shouting');
  assert.equal(unfit.code, 2);
  assert.match(
    unfit.stdout,
    /missing method {4}shout\(\)\n {2}missing property {2}voice\n {2}other parameters {2}greet\(who, loud\), wanted greet\(whom, …\)/,
  );
  const all = await shop.run('check', 'tools', '--json');
  assert.equal(all.code, 0);
  const { matches } = documentIn(all.stdout, 'check');
  assert.deepEqual(
    matches.map((one: { compatible: boolean }) => one.compatible),
    [true, false],
  );
  assert.equal((await shop.run('check', '--task', 'greeting')).code, 0);
  const wrong = await shop.run('check', 'tools', 'Greting');
  assert.equal(wrong.code, 3);
  assert.match(wrong.stderr, /ADAPTER_NOT_FOUND/);
  assert.equal((await shop.run('check')).code, 2);
  assert.equal((await shop.run('check', 'tool')).code, 3);
});

test('regenerate needs to know which, says what changed, and works beside a host', async () => {
  assert.equal((await shop.run('regenerate')).code, 2);
  const before = JSON.parse(readFileSync(manifest(), 'utf8')) as { code: { version: string } };
  before.code.version = '0.0.1';
  await writeFile(manifest(), JSON.stringify(before));
  const host = start('up');
  await host.says('Up as process');
  const { code, stdout } = await shop.run('regenerate', 'tools');
  assert.equal(code, 0);
  assert.equal(stdout, 'tools  recorded anew\n  its version was "0.0.1", is "1.2.3"\n');
  const again = documentIn((await shop.run('regenerate', '--all', '--json')).stdout, 'regenerate');
  assert.deepEqual(again['capabilities'][0].changes, []);
  await appendFile(join(shop.root, 'tools.ts'), '\n// edited\n');
  const edited = await shop.run('regenerate', 'tools');
  assert.match(edited.stderr, /of the code that was installed; `capstan install tools` takes in/);
  const missing = await shop.run('regenerate', 'tolls', '--json');
  assert.equal(missing.code, 3);
  assert.match(documentIn(missing.stdout, 'error')['error'].hint, /did you mean "tools"/);
});

test('remove shows what would go and what would stay, and without a yes in a pipe does nothing', async () => {
  const plan = await shop.run('remove', 'tools', '--dry-run');
  assert.equal(plan.code, 0);
  assert.match(plan.stdout, /stays +declaration .*capstan\.yaml +\(delete line 2 yourself/);
  assert.match(plan.stdout, /will go +manifest[^]*will go +adapter[^]*will go +environment/);
  const unasked = await shop.run('remove', 'tools');
  assert.equal(unasked.code, 4);
  assert.match(unasked.stderr, /Removing tools needs a yes[^]*capstan remove tools --dry-run/);
  assert.ok(existsSync(manifest()));
});

test('remove takes a capability away with its environment, and says so to a script', async () => {
  const environment = environmentOf();
  await mkdir(join(shop.root, '.capstan/data/tools'), { recursive: true });
  await writeFile(join(shop.root, '.capstan/data/tools/kept'), 'x');
  assert.equal((await shop.run('disable', 'tools')).code, 0);
  assert.equal((await shop.run('submit', 'tools.greet', '-i', 'who=me')).code, 5);
  const { code, stdout, stderr } = await shop.run('remove', 'tools', '--yes', '--json');
  assert.equal(code, 0, stderr);
  const { removed, kept } = documentIn(stdout, 'remove');
  assert.deepEqual(
    removed.map(({ what }: { what: string }) => what),
    ['manifest', 'adapter', 'adapter', 'environment'],
  );
  assert.deepEqual(
    kept.map(({ what }: { what: string }) => what),
    ['declaration', 'data', 'settings'],
  );
  assert.ok(!existsSync(environment));
  assert.ok(!existsSync(manifest()));

  const rest = await shop.run('remove', 'tools', '--yes', '--data', '--declaration');
  assert.equal(rest.code, 0, rest.stderr);
  assert.match(rest.stdout, /removed +data[^]*removed +settings +tools/);
  assert.equal(readFileSync(join(shop.root, 'capstan.yaml'), 'utf8'), 'capabilities: []\n');
  assert.ok(!existsSync(join(shop.root, '.capstan/data/tools')));
  const nothing = await shop.run('remove', 'tools', '--yes');
  assert.equal(nothing.code, 3);
  assert.match(nothing.stderr, /There is nothing of a capability "tools"/);
});

test('remove is refused while an instance runs, unless the host ends it first', async () => {
  const host = start('up');
  await host.says('Up as process');
  assert.equal((await shop.run('submit', 'tools.greet', '-i', 'who=me', '--wait')).code, 0);
  const refused = await shop.run('remove', 'tools', '--yes');
  assert.equal(refused.code, 5);
  assert.match(
    refused.stderr,
    /tools cannot be removed while it runs: tools \(process \d+\)[^]*capstan unload tools[^]*CAPABILITY_IN_USE/,
  );
  assert.ok(existsSync(manifest()));
  const environment = environmentOf();
  const removed = await shop.run('remove', 'tools', '--yes', '--unload');
  assert.equal(removed.code, 0, removed.stderr);
  assert.ok(!existsSync(manifest()));
  assert.ok(!existsSync(environment));
  const call = await shop.run('submit', 'tools.greet', '-i', 'who=me', '--wait');
  assert.equal(call.code, 3);
});
