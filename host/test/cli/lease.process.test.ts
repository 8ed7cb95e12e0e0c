import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type LeaseShop, openLeaseShop } from './lease-shop.ts';
import type { Ended, Running } from './shell.ts';

let shop: LeaseShop;
before(async () => {
  shop = await openLeaseShop();
});
after(() => shop.remove());

const started: Running[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) {
    one.kill('SIGKILL');
    // oxlint-disable-next-line no-await-in-loop -- there are two or three
    await one.ended;
  }
});

function start(line: string): Running {
  const one = shop.start(...line.split(' '));
  started.push(one);
  return one;
}

async function up(): Promise<Running> {
  const host = start('up');
  await host.says('Up as process');
  return host;
}

const run = (line: string): Promise<Ended> => shop.run(`lease ${line}`);

/** Without what differs from one lease, and from one moment, to the next. */
const settled = (text: string): string =>
  text
    .replaceAll(/lse_\w+/g, 'lse_…')
    .replaceAll(/\b[\w-]{43}\b/g, '(secret)')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '(time)')
    .replaceAll(/\d+(\.\d+)? (ms|s|min|h)\b|\d+m( \d\ds)?|\d+(\.\d)?s/g, '(long)')
    .replaceAll(/(token:? +|, token |^lse_… +\w+ +)\d+/gm, '$1#');

/** Everything that a script does, one after the other. */
async function story(): Promise<string[]> {
  const told: string[] = [];
  const tell = async (line: string): Promise<Ended> => {
    const ended = await run(line);
    told.push(`${line.split(' ')[0]} ${ended.code}`, settled(ended.stdout + ended.stderr));
    return ended;
  };
  const { stdout } = await tell('acquire --lane backend --holder anna --secret-out .lease');
  const id = /lse_\w+/.exec(stdout)?.[0] ?? '';
  await tell('acquire --region src/api/a.ts --holder ben');
  await tell('acquire --lane bakend --holder ben');
  await tell('acquire --region ../x --holder ben --json');
  await tell(`check ${id} --secret-file .lease --path src/api/a.ts`);
  await tell(`renew ${id} --secret-file .lease`);
  await tell(`renew ${id} --secret-file .lease --term 100h`);
  await tell('release lse_none --secret-file .lease');
  await tell('list --holder anna');
  await tell(`adopt ${id} --holder ben --secret-file .lease --secret-out .other`);
  await tell(`release ${id} --secret-file .lease`);
  await tell(`halt ${id} --reason enough --by boss`);
  await tell(`release ${id} --secret-file .other`);
  await tell(`release ${id} --secret-file .other`);
  await tell('acquire --resource board=1 --name both --holder carl --for testing');
  await tell('acquire --name both --holder dora --wait 100ms');
  await tell('release lse_none --operator boss');
  return told.map((text) => text.replaceAll(shop.root, '(root)'));
}

/** What the last story has left behind. */
async function giveAllBack(): Promise<void> {
  const { leases } = await shop.document('lease-list', 'list');
  for (const { id } of leases as { id: string }[]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await shop.document('lease', `release ${id} --operator test`);
  }
}

test('every lease command answers the same with a host that is up and without one', async () => {
  const alone = await story();
  await giveAllBack();
  await up();
  const hosted = await story();
  await giveAllBack();
  assert.deepEqual(hosted, alone);
  assert.match(alone.join('\n'), /acquire 5[^]*LANE_UNKNOWN[^]*REGION_OUTSIDE_TREE[^]*LEASE_OVER/);
  assert.equal((await shop.run('down')).code, 0);
});

for (const kind of ['without a host', 'through a host']) {
  test(`those who wait ${kind} are served in the order in which they came`, async () => {
    if (kind === 'through a host') await up();
    const first = await shop.document('lease-acquire', 'acquire --name turn --holder anna');
    const ben = start('lease acquire --name turn --holder ben --wait 30s --secret-out .ben');
    await ben.says(/waiting, 30\.0s at most: Name "turn" is held by "anna"/);
    const carl = start('lease acquire --name turn --holder carl --wait 30s');
    await carl.says('waiting');
    await shop.document('lease', `release ${first['id']} --secret-file -`, first['secret']);
    const served = await ben.ended;
    assert.equal(served.code, 0, served.stderr);
    const id = /lse_\w+/.exec(served.stdout)?.[0] ?? '';
    const { waiters } = await shop.document('lease-list', 'list');
    assert.deepEqual(
      waiters.map((one: { holder: { name: string } }) => one.holder.name),
      ['carl'],
    );
    await shop.document('lease', `release ${id} --secret-file .ben`);
    assert.equal((await carl.ended).code, 0);
    await giveAllBack();
    if (kind === 'through a host') assert.equal((await shop.run('down')).code, 0);
  });

  test(`Ctrl-C and a kill free a place in line ${kind}`, async () => {
    if (kind === 'through a host') await up();
    await shop.document('lease-acquire', 'acquire --name turn --holder anna');
    const ben = start('lease acquire --name turn --holder ben --wait 60s');
    await ben.says('waiting');
    ben.kill('SIGINT');
    const ended = await ben.ended;
    assert.equal(ended.code, 130, ended.stderr);
    assert.match(ended.stderr, /Nothing was granted[^]*INTERRUPTED/);
    const carl = start('lease acquire --name turn --holder carl --wait 60s');
    await carl.says('waiting');
    carl.kill('SIGKILL');
    await carl.ended;
    await giveAllBack();
    const dora = await run('acquire --name turn --holder dora --wait 20s');
    assert.equal(dora.code, 0, dora.stderr);
    await giveAllBack();
    if (kind === 'through a host') assert.equal((await shop.run('down')).code, 0);
  });
}

test('one that waits through a host goes on waiting when the host ends', async () => {
  await up();
  const { id, secret } = await shop.document('lease-acquire', 'acquire --name turn --holder anna');
  const ben = start('lease acquire --name turn --holder ben --wait 60s');
  await ben.says('waiting');
  assert.equal((await shop.run('down')).code, 0);
  await shop.document('lease', `release ${id} --secret-file -`, secret);
  const { code, stderr } = await ben.ended;
  assert.equal(code, 0, stderr);
  await giveAllBack();
});

test('a host that was killed is not missed by the next command', async () => {
  const host = await up();
  const { id, secret } = await shop.document('lease-acquire', 'acquire --name x --holder anna');
  host.kill('SIGKILL');
  await host.ended;
  const { code, stderr } = await run('acquire --name x --holder ben');
  assert.equal(code, 5, stderr);
  await shop.document('lease', `release ${id} --secret-file -`, secret);
});

test('a host that is stopped is not waited for without end, and grants nothing that nobody hears of', async () => {
  const host = await up();
  const { id, secret } = await shop.document('lease-acquire', 'acquire --name x --holder anna');
  host.kill('SIGSTOP');
  const ben = await run('acquire --name y --holder ben');
  assert.equal(ben.code, 0, ben.stderr);
  host.kill('SIGCONT');
  await shop.document('lease', `release ${id} --secret-file -`, secret);
  assert.equal((await shop.run('down')).code, 0);
  const { leases } = await shop.document('lease-list', 'list');
  assert.deepEqual(
    leases.map((one: { holder: { name: string } }) => one.holder.name),
    ['ben'],
  );
  await giveAllBack();
});

test('a lease that is bound to a process is free the moment that is gone', async () => {
  const sleeper = spawn('sleep', ['60']);
  await once(sleeper, 'spawn');
  const bound = await run(`acquire --name bound --holder anna --pid ${sleeper.pid}`);
  assert.match(bound.stdout, new RegExp(`as long as process ${sleeper.pid} lives`));
  assert.equal((await run('acquire --name bound --holder ben')).code, 5);
  sleeper.kill('SIGKILL');
  await once(sleeper, 'exit');
  assert.equal((await run('acquire --name bound --holder ben')).code, 0);
  await giveAllBack();
});

test('a reservation outlives the process that took it, and ends with its term', async () => {
  assert.equal((await run('acquire --name short --holder anna --term 2s')).code, 0);
  const held = await run('acquire --name short --holder ben');
  assert.equal(held.code, 5, 'the command that took it has ended long ago');
  assert.equal((await run('acquire --name short --holder ben --wait 30s')).code, 0);
  const { stdout } = await run('log --ledger workspace --limit 20');
  assert.match(stdout, /expired.*its term/);
  await giveAllBack();
});

test('a file is written under a lease from stdin, with a host and without one', async () => {
  await run('acquire --region docs --holder anna --secret-out .lease');
  const { leases } = await shop.document('lease-list', 'list');
  await shop.write('docs/old.md', '');
  const bin = fileURLToPath(new URL('../../bin/capstan.cjs', import.meta.url));
  const guard = spawn(
    process.execPath,
    [bin, 'lease', 'guard', leases[0].id, '--secret-file', '.lease', '--to', 'docs/new.bin'],
    { cwd: shop.root, env: shop.env, stdio: ['pipe', 'ignore', 'inherit'] },
  );
  const bytes = Buffer.from([0, 255, 10, 13, 128]);
  guard.stdin?.end(bytes);
  const [code] = await once(guard, 'exit');
  assert.equal(code, 0);
  assert.deepEqual(await readFile(join(shop.root, 'docs/new.bin')), bytes);
  await giveAllBack();
});

test('eight clients of a host acquire and release without one that is told to come back later', async () => {
  await up();
  const client = fileURLToPath(new URL('../fixtures/lease-client.ts', import.meta.url));
  const clients = Array.from({ length: 8 }, async (_, n) => {
    const child = spawn(process.execPath, [client, shop.root, `client-${n}`, '25']);
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const [code] = await once(child, 'close');
    assert.equal(code, 0, said);
    return said.trim();
  });
  assert.deepEqual(await Promise.all(clients), Array(8).fill('25'));
  const { leases } = await shop.document('lease-list', 'list');
  assert.deepEqual(leases, []);
  assert.equal((await shop.run('down')).code, 0);
});
