import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { documentIn } from './documents.ts';
import { openShop, type Shop, startCapstan, startsIn } from './shell.ts';

let shop: Shop;
before(async () => {
  shop = await openShop('machine');
  assert.equal((await shop.run('install')).code, 0);
});
after(() => shop.remove());

const start = startsIn(() => shop);
const mib = 2 ** 20;
const skip = process.platform === 'linux' ? false : 'there is no /proc';

const json = async (schema: string, ...argv: string[]) => {
  const { code, stdout, stderr } = await shop.run(...argv, '--json');
  assert.equal(code, 0, stderr);
  return documentIn(stdout, schema);
};

test('without a host the machine is told all the same, and nothing is made for that', async () => {
  const bare = await openShop('machine');
  try {
    const { code, stdout, stderr } = await bare.run('resources');
    assert.equal(code, 0);
    assert.match(stdout, /^RESOURCE +TOTAL +OURS +OTHERS +GRANTED +FREE/);
    assert.match(stdout, /^ram +[\d.]+ GiB/m);
    assert.match(stderr, /No host is up here/);
    const top = await bare.run('top', '--once');
    assert.match(top.stdout, /no host is up/);
    assert.match(top.stdout, /No job runs or waits/);
    assert.ok(!existsSync(join(bare.root, '.capstan')), 'looking leaves no trace');
    assert.deepEqual(
      readdirSync(bare.env['HOME'] ?? '').toSorted(),
      ['run', 'workspace'],
      'neither here nor in the folders of the machine',
    );
  } finally {
    await bare.remove();
  }
});

test('a ledger that cannot be read is told, and nobody is taken to hold nothing', async () => {
  const bare = await openShop('machine');
  try {
    const folder = join(bare.env['XDG_DATA_HOME'] ?? '', 'capstan');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'machine.db'), 'no database at all');
    const { code, stdout, stderr } = await bare.run('resources');
    assert.equal(code, 0);
    assert.match(stdout, /^ram /m);
    assert.match(stderr, /the leases of the machine cannot be read: .*machine\.db/);
    assert.ok(!stderr.includes('Nobody holds'));
    const document = documentIn((await bare.run('resources', '--json')).stdout, 'resources');
    assert.deepEqual(document['unread'], ['machine']);
  } finally {
    await bare.remove();
  }
});

test('outside of a workspace there is the machine alone', async () => {
  const { env } = shop;
  const run = (...argv: string[]) => startCapstan(argv, '/', env).ended;
  const { stdout } = await run('top', '--once');
  assert.match(stdout, /outside of a workspace/);
  const { workspace, jobs } = documentIn((await run('top', '--once', '--json')).stdout, 'top');
  assert.deepEqual([workspace, jobs], [null, null]);
  assert.equal((await run('resources')).code, 0);
});

test('with a host that is up: its workers, what they hold, and since when they are idle', {
  skip,
}, async () => {
  await start('up').says('Up as process');
  await shop.run('run', 'holder.hold', '-i', 'mib=150');
  const { hostPid, residents, devices } = await json('resources', 'resources');
  assert.equal(typeof hostPid, 'number');
  assert.equal(residents.length, 1);
  const [{ instance, pid, idleForMs, rssBytes }] = residents;
  assert.equal(instance, 'holder');
  assert.ok(pid > 0 && idleForMs >= 0 && rssBytes > 20 * mib);
  const ram = devices.find(({ resource }: { resource: string }) => resource === 'ram');
  assert.ok(ram.ours > rssBytes, 'the host itself is ours too');
  assert.ok(ram.ours + ram.others + ram.free <= ram.total);
  const { stdout } = await shop.run('resources');
  assert.match(stdout, /^holder +idle for [\d.]+s/m);
});

test('what was granted and is not used yet is not free', { skip }, async () => {
  const bare = await openShop('machine');
  try {
    const ask = ['lease', 'acquire', '--resource', 'ram=3GiB', '--holder', 'nightly'];
    const { code, stderr } = await bare.run(...ask);
    assert.equal(code, 0, stderr);
    const document = documentIn((await bare.run('resources', '--json')).stdout, 'resources');
    const [ram] = document['devices'].filter(
      ({ resource }: { resource: string }) => resource === 'ram',
    );
    assert.equal(ram.granted, 3072 * mib);
    assert.ok(Math.abs(ram.total - ram.ours - ram.others - ram.granted - ram.free) < 64 * mib);
  } finally {
    await bare.remove();
  }
});

test('top tells what runs and what waits, and why', { skip }, async () => {
  await start('up').says('Up as process');
  const ids: string[] = [];
  for (let n = 0; n < 2; n++) {
    // oxlint-disable-next-line no-await-in-loop -- in this order
    const { stdout } = await shop.run('submit', 'holder.hold', '-i', 'ms=60000');
    ids.push(stdout.trim());
  }
  const [first = '', second = ''] = ids;
  const watching = start('top', '--json', '--interval', '100ms');
  await watching.says(new RegExp(`"waiting":\\[\\{"id":"${second}"[^}]*"waitReason":"waiting for`));
  watching.kill('SIGINT');
  const { code, stdout } = await watching.ended;
  assert.equal(code, 0, 'to leave is no failure');
  const last = documentIn(stdout.trimEnd().split('\n').at(-1) ?? '', 'top');
  assert.equal(last['jobs'].running[0].id, first);
  assert.deepEqual(last['jobs'].counts.running, 1);
  const { stdout: text } = await shop.run('top', '--once');
  assert.match(text, new RegExp(`^RUNNING .*\\nholder.hold .*${first}`, 'm'));
  assert.match(text, new RegExp(`${second} +waiting for a slot of \`holder\``));
  assert.match(text, /^holder +(1 call|starts)/m);
  await Promise.all(ids.map((id) => shop.run('cancel', id)));
});

test('top goes on without the host that ends, and says so', { skip }, async () => {
  const host = start('up');
  await host.says('Up as process');
  const watching = start('top', '--interval', '100ms');
  await watching.says(/ · host \d+/);
  host.kill('SIGKILL');
  await watching.says('no host is up');
  watching.kill('SIGTERM');
  assert.equal((await watching.ended).code, 0);
});

test('profiles say what calls take and hold, and can be forgotten', { skip }, async () => {
  await shop.run('run', 'holder-b.hold', '-i', 'mib=120', '-i', 'ms=300');
  const { profiles } = await json('profiles', 'profiles', 'holder-b');
  assert.equal(profiles.length, 1);
  const [{ configHash, calls, completed, meanDurationMs, peakRssBytes }] = profiles;
  assert.deepEqual([calls, completed], [1, 1]);
  assert.ok(meanDurationMs >= 300 && peakRssBytes > 120 * mib);
  const { stdout } = await shop.run('profiles', 'holder-b');
  assert.match(stdout, /^holder-b \(holder\) +[0-9a-f]{12} +1 +1 \(100%\) +\d/m);

  const wrong = await shop.run('profiles', 'reset', 'holder-c');
  assert.equal(wrong.code, 3);
  assert.match(wrong.stderr, /did you mean "holder-b"/);
  const none = await shop.run('profiles', 'reset', 'holder-b', '--config', 'zz');
  assert.equal(none.code, 2);
  assert.match(none.stderr, new RegExp(`There are ${configHash.slice(7, 19)}`));
  const start8 = configHash.slice(7, 15);
  const reset = await json('profiles-reset', 'profiles', 'reset', 'holder-b', '--config', start8);
  assert.deepEqual(reset, { instance: 'holder-b', configHash, count: 1 });
  assert.deepEqual((await json('profiles', 'profiles', 'holder-b'))['profiles'], []);
  const again = await shop.run('profiles', 'reset', 'holder-b');
  assert.match(again.stdout, /nothing to forget of holder-b/);
  const verified = await shop.run('journal', 'verify');
  assert.equal(verified.code, 0, verified.stderr);
});

test('a job says what its worker used', { skip }, async () => {
  const { stdout } = await shop.run('jobs', '--instance', 'holder-b', '--json');
  const [{ id }] = documentIn(stdout, 'jobs')['jobs'];
  const { resources } = await json('job', 'job', id);
  assert.ok(resources.peakRssBytes > 120 * mib && resources.samples >= 1);
  assert.match((await shop.run('job', id)).stdout, /^used +up to [\d.]+ MiB of memory/m);
});
