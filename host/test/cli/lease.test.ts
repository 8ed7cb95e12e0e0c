import assert from 'node:assert/strict';
import { mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { documentIn } from './documents.ts';
import { lanes, type LeaseShop, openLeaseShop } from './lease-shop.ts';

let shop: LeaseShop;
beforeEach(async () => {
  shop = await openLeaseShop();
});
afterEach(() => shop.remove());

const acquire = (line: string) => shop.document('lease-acquire', `acquire ${line}`);

test('a lease is acquired, checked, renewed and released, by its id and its secret', async () => {
  const { id, token, secret, expiresAt } = await acquire('--region src/** --holder anna');
  assert.match(id, /^lse_/);
  assert.equal(token, 1);
  assert.ok(Date.parse(expiresAt) > Date.now() + 29 * 60_000);
  const checked = await shop.document(
    'lease',
    `check ${id} --secret-file - --path src/a.ts`,
    secret,
  );
  assert.equal(checked['lease'].holder.name, 'anna');
  const renewed = await shop.document('lease', `renew ${id} --secret-file - --term 1h`, secret);
  assert.equal(renewed['lease'].termMs, 3_600_000);
  const again = await shop.document('lease', `renew ${id} --secret-file - --floor 5m`, secret);
  assert.equal(again['kind'], 'coalesced');
  await shop.document('lease', `release ${id} --secret-file -`, secret);
  const { leases } = await shop.document('lease-list', 'list');
  assert.deepEqual(leases, []);
  const late = await shop.say(`renew ${id} --secret-file -`, secret);
  assert.equal(late.code, 5);
  assert.match(late.stderr, /released[^]*LEASE_OVER/);
});

test('for people it prints id, token, what is held, until when, and the secret', async () => {
  const { code, stdout } = await shop.say('acquire --lane backend --holder anna --for testing');
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^lease +lse_\w+\ntoken +1\nholds +lane backend; src\/api\/\*\*; a place in class agents\nexpires +\S+Z \(30m 00s left\)\nsecret +[\w-]{43}\n$/,
  );
});

test('who comes second hears who holds it, for how long, what for, and what to type', async () => {
  await shop.say(['acquire', '--lane', 'backend', '--holder', 'anna', '--for', 'login bug']);
  const { code, stderr, stdout } = await shop.say('acquire --region src/api/x.ts --holder ben');
  assert.equal(code, 5);
  assert.equal(stdout, '');
  assert.match(stderr, /src\/api\/x\.ts.*src\/api\/\*\*.*"anna".*"login bug".*min/);
  assert.match(stderr, /try: .*--wait[^]*code: REGION_HELD/);
  const json = await shop.say('acquire --lane backend --holder ben --json');
  const { error } = documentIn(json.stdout, 'error');
  assert.equal(error.code, 'LANE_HELD');
  assert.equal(error.details.blockers[0].holder, 'anna');
});

/** What is wrong, by what is typed: the exit code, and what the answer says. */
const wrong: { [what: string]: [line: string | string[], code: number, says: RegExp] } = {
  'an unknown lane': ['--lane bakend', 4, /"bakend"[^]*"backend"[^]*docs[^]*LANE_UNKNOWN/],
  'an empty region': [['--region', ''], 2, /REGION_EMPTY/],
  'nothing at all': [[], 2, /CLAIM_INVALID/],
  'a pattern with ..': ['--region ../other', 2, /above the root[^]*REGION_OUTSIDE_TREE/],
  'an absolute path outside': ['--region /etc', 2, /\/etc[^]*REGION_OUTSIDE_TREE/],
  'an open bracket': ['--region src/[ab', 2, /REGION_INVALID/],
  'U+2028 in a name': [['--name', 'a\u2028b'], 2, /U\+2028[^]*LABEL_INVALID/],
  'U+2028 in a purpose': [['--name', 'a', '--for', 'b\u2028c'], 2, /U\+2028[^]*LABEL_INVALID/],
  'NUL in a name': [['--name', 'a\0b'], 2, /U\+0000[^]*LABEL_INVALID/],
  'NUL in a region': [['--region', 'a\0b'], 2, /NUL[^]*REGION_INVALID/],
  'a resource nobody measures': ['--resource licence:y=1', 4, /licence:y[^]*RESOURCE_UNKNOWN/],
  'an amount that never fits': ['--resource license:x=4', 4, /3[^]*CLAIM_NEVER_FITS/],
  'more memory than there is': ['--resource ram=900TiB', 4, /900 TiB[^]*CLAIM_NEVER_FITS/],
  'NaN of memory': ['--resource ram=NaN', 2, /"NaN"[^]*CLAIM_INVALID/],
  'a negative amount': ['--resource ram=-4GiB', 2, /less than nothing[^]*CLAIM_INVALID/],
  'a part of a piece': ['--resource license:x=1.5', 2, /CLAIM_INVALID/],
  'no amount': ['--resource ram', 2, /USAGE/],
  'a term that is too long': ['--name a --term 3h', 4, /2 h[^]*TERM_TOO_LONG/],
  'a process that is gone': ['--name a --pid 4194304', 2, /4194304/],
  'half a parent': ['--name a --parent lse_1', 2, /--parent-secret-file[^]*USAGE/],
  'force by nobody': ['--name a --force', 2, /--operator[^]*USAGE/],
  'a misspelt option': ['--nmae a', 2, /--name[^]*USAGE/],
};

for (const [what, [line, code, says]] of Object.entries(wrong)) {
  test(`${what} is refused by code, sentence and next step, and holds nothing`, async () => {
    const words = typeof line === 'string' ? line.split(' ') : line;
    const answer = await shop.say(['acquire', '--holder', 'me', ...words]);
    assert.equal(answer.code, code, answer.stderr);
    assert.match(answer.stderr, says);
    assert.match(answer.stderr, /\n {2}try: \S/);
    const { leases } = await shop.document('lease-list', 'list');
    assert.deepEqual(leases, []);
  });
}

test('nobody who asks is told to say who asks', async () => {
  const { code, stderr } = await shop.say('acquire --name x');
  assert.equal(code, 2);
  assert.match(stderr, /--holder[^]*try: Say who asks/);
});

test('ten thousand patterns are refused, and a thousand are not', async () => {
  const regions = (count: number) =>
    Array.from({ length: count }, (_, i) => ['--region', `src/f${i}`]).flat();
  const many = await shop.say(['acquire', '--holder', 'me', ...regions(10_000)]);
  assert.equal(many.code, 2);
  assert.match(many.stderr, /10,000 patterns[^]*REGION_INVALID/);
  assert.equal((await shop.say(['acquire', '--holder', 'me', ...regions(1000)])).code, 0);
});

test('a link out of the tree is refused, and one inside it means what it leads to', async () => {
  await mkdir(join(shop.root, 'src'));
  await symlink('src', join(shop.root, 'inside'));
  await symlink('/etc', join(shop.root, 'outside'));
  const out = await shop.say('acquire --region outside/** --holder me');
  assert.equal(out.code, 2);
  assert.match(out.stderr, /by a link[^]*REGION_OUTSIDE_TREE/);
  await acquire('--region inside/** --holder me');
  const same = await shop.say('acquire --region src/a --holder you');
  assert.equal(same.code, 5);
});

test('a foreign secret, an unknown lease and a file without a secret are told apart', async () => {
  const { id } = await acquire('--name x --holder me');
  const foreign = await shop.say(`release ${id} --secret-file -`, 'x'.repeat(43));
  assert.equal(foreign.code, 4);
  assert.match(foreign.stderr, /SECRET_WRONG/);
  const unknown = await shop.say('release lse_none --secret-file -', 'x'.repeat(43));
  assert.equal(unknown.code, 3);
  assert.match(unknown.stderr, /LEASE_NOT_FOUND/);
  const empty = await shop.say(`release ${id} --secret-file -`, '');
  assert.equal(empty.code, 2);
  assert.match(empty.stderr, /no secret on stdin/);
  const absent = await shop.say(`release ${id} --secret-file nowhere`);
  assert.equal(absent.code, 3);
  const without = await shop.say(`release ${id}`);
  assert.equal(without.code, 2);
  assert.match(without.stderr, /--secret-file/);
});

test('a secret is refused as an argument, with the reason, and not said again', async () => {
  for (const line of ['release lse_1 --secret hunter2', 'renew lse_1 --secret=hunter2']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { code, stderr } = await shop.say(line);
    assert.equal(code, 2);
    assert.match(stderr, /every program of this machine[^]*--secret-file/);
    assert.doesNotMatch(stderr, /hunter2/);
  }
});

test('the secret goes into a file for its owner, and no other file is written over', async () => {
  const file = join(shop.root, '.lease');
  const { id } = await acquire('--name x --holder me --secret-out .lease');
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  await shop.document('lease', `release ${id} --secret-file .lease`);
  const again = await acquire('--name x --holder me --secret-out .lease');
  await shop.document('lease', `check ${again['id']} --secret-file .lease`);
  await writeFile(join(shop.root, 'mine.txt'), 'something of mine, in words\n');
  const refused = await shop.say('acquire --name y --holder me --secret-out mine.txt');
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /is no secret of a lease/);
  const held = await shop.say('acquire --name x --holder you --secret-out held');
  assert.equal(held.code, 5);
  await assert.rejects(stat(join(shop.root, 'held')), { code: 'ENOENT' });
  assert.match(await readFile(join(shop.root, 'mine.txt'), 'utf8'), /of mine/);
});

test('what acquire prints as JSON is a secret file too', async () => {
  const { code, stdout } = await shop.say('acquire --name x --holder me --json');
  assert.equal(code, 0);
  await shop.write('lease.json', stdout);
  await shop.document('lease', `release ${JSON.parse(stdout).id} --secret-file lease.json`);
});

test('a lease is handed over, and the former holder can do nothing by it any more', async () => {
  const { id, secret } = await acquire('--lane backend --holder anna');
  const adopted = await shop.document(
    'lease-adopt',
    `adopt ${id} --holder ben --secret-file -`,
    secret,
  );
  assert.ok(adopted['token'] > 1);
  const former = await shop.say(`renew ${id} --secret-file -`, secret);
  assert.equal(former.code, 5);
  assert.match(former.stderr, /ben adopted it[^]*LEASE_OVER/);
  await shop.document('lease', `renew ${id} --secret-file -`, adopted['secret']);
  const byOperator = await shop.document('lease-adopt', `adopt ${id} --holder eve --operator boss`);
  assert.equal(byOperator['lease'].adoptions.at(-1).by, 'boss');
});

test('halt notes who wants it stopped and prints the command, and nobody is signalled', async () => {
  const { id, secret } = await acquire('--name x --holder me --pid ' + process.pid);
  const { command } = await shop.document('lease-halt', `halt ${id} --reason wrong --by boss`);
  assert.equal(command, `kill ${process.pid}`);
  const { code, stderr } = await shop.say(`check ${id} --secret-file -`, secret);
  assert.equal(code, 0);
  assert.match(stderr, /boss wants it stopped: wrong/);
});

test('what is about to be started is seen, and holds nothing', async () => {
  const { spawn } = await shop.document(
    'lease-spawn',
    'spawn --holder agent --lane backend --command go',
  );
  const { spawns } = await shop.document('lease-list', 'list');
  assert.equal(spawns[0].id, spawn.id);
  await acquire('--lane backend --holder other');
  assert.match((await shop.say('list')).stdout, /STARTS[^]*agent[^]*lane backend \(go\)/);
});

test('guard writes what the lease covers, and nothing else', async () => {
  const { id, secret } = await acquire('--region docs --holder me');
  await shop.write('docs/a.md', 'old');
  await shop.write('.lease', secret);
  const line = `guard ${id} --secret-file .lease --to docs/a.md`;
  const { path, bytes } = await shop.document('lease-guard', line, 'new');
  assert.equal(bytes, 3);
  assert.equal(await readFile(path, 'utf8'), 'new');
  const outside = await shop.say(`guard ${id} --secret-file .lease --to capstan.yaml`, 'x');
  assert.equal(outside.code, 4);
  assert.match(outside.stderr, /PATH_OUTSIDE_LEASE/);
  assert.equal(await readFile(join(shop.root, 'capstan.yaml'), 'utf8'), lanes);
  const older = await shop.say(`${line} --token 0`, 'older');
  assert.equal(older.code, 5, older.stderr);
  await shop.say(`release ${id} --secret-file .lease`);
  const late = await shop.say(line, 'late');
  assert.equal(late.code, 5);
  assert.equal(await readFile(path, 'utf8'), 'new');
  const both = await shop.say(`guard ${id} --secret-file - --to docs/a.md`, 'x');
  assert.equal(both.code, 2);
});

test('the log says what happened, compaction changes nothing else, and the ledgers stay whole', async () => {
  const { id } = await acquire('--name x --holder me');
  await shop.say('acquire --name x --holder you');
  const { events } = await shop.document('lease-log', 'log --ledger workspace');
  assert.deepEqual(
    events.map(({ type }: { type: string }) => type),
    ['granted', 'refused'],
  );
  assert.match((await shop.say('log')).stdout, /refused.*you, NAME_HELD/);
  await shop.document('lease-compact', 'compact');
  const { leases } = await shop.document('lease-list', 'list');
  assert.deepEqual(
    leases.map((lease: { id: string }) => lease.id),
    [id],
  );
  const { ledgers } = await shop.document('lease-verify', 'verify');
  assert.deepEqual(
    ledgers.flatMap(({ problems }: { problems: unknown[] }) => problems),
    [],
  );
  assert.equal((await acquire('--name y --holder me'))['token'], 2);
});

test('a ledger that cannot be read grants nothing, and says so', async () => {
  await acquire('--name x --holder me');
  const file = join(shop.root, '.capstan/leases.db');
  for (const beside of ['', '-wal', '-shm']) await rm(`${file}${beside}`, { force: true });
  await writeFile(file, 'not a ledger at all, not by any means');
  for (const line of ['acquire --name y --holder you', 'list', 'check', 'verify']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { code, stderr, stdout } = await shop.say(line);
    assert.equal(code, 78, line);
    assert.equal(stdout, '');
    assert.match(stderr, /leases\.db[^]*try: [^]*LEDGER_UNREADABLE/);
  }
});

test('alternatives are tried in their order, and only what was asked for is taken', async () => {
  await acquire('--lane backend --holder anna');
  const { alternative, lease } = await acquire('--any --lane backend --lane docs --holder ben');
  assert.equal(alternative, 1);
  assert.equal(lease.claims[0].name, 'lane:docs');
  const full = await shop.say('acquire --lane frontend --holder carl');
  assert.equal(full.code, 5);
  assert.match(full.stderr, /"agents"[^]*CLASS_FULL/);
  const alone = await shop.say('acquire --lane release --holder dora');
  assert.match(alone.stderr, /LANE_ALONE/);
});

test('an operator puts aside what others hold, and that is kept with the lease', async () => {
  await acquire('--name x --holder anna');
  const { lease } = await acquire('--name x --holder ben --force --operator boss');
  assert.match(lease.purpose, /forced by boss/);
});

test('outside of a workspace there is what the machine has, and all else says where it belongs', async () => {
  const outside = dirname(shop.root);
  for (const claim of ['--region src', '--lane backend', '--name x']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { code, stderr } = await shop.say(`acquire ${claim} --holder me`, '', outside);
    assert.equal(code, 3, claim);
    assert.match(stderr, /no capstan\.yaml[^]*try: [^]*WORKSPACE_NOT_FOUND/);
  }
  const ram = await shop.say('acquire --resource ram=1MiB --holder me', '', outside);
  assert.equal(ram.code, 0, ram.stderr);
  const name = await shop.say('acquire --name x --machine --holder me', '', outside);
  assert.equal(name.code, 0, name.stderr);
  const inside = await shop.say('acquire --name x --machine --holder you');
  assert.equal(inside.code, 5);
  assert.equal((await shop.say('acquire --name x --holder you')).code, 0);
  assert.match((await shop.say('list', '', outside)).stdout, /name machine\/x/);
});

test('counted resources are those of the workspace, or of the machine where that is declared', async () => {
  await acquire('--resource license:x=2 --holder me');
  const short = await shop.say('acquire --resource license:x=2 --holder you');
  assert.equal(short.code, 5);
  assert.match(short.stderr, /1 of 3 is free[^]*RESOURCE_HELD/);
  const { lease } = await acquire('--resource board=1 --holder me');
  assert.equal(lease.ledger, 'machine');
  const both = await acquire('--resource ram=1MiB --name y --holder me');
  assert.equal(both['lease'].ledger, 'both');
});

test('while capstan.yaml has a mistake nothing is granted, and the mistake is named', async () => {
  const { id, secret } = await acquire('--name x --holder me');
  await shop.write('capstan.yaml', 'lanes: { a: { pths: [] } }\n');
  const { code, stderr } = await shop.say('acquire --name y --holder me');
  assert.equal(code, 2);
  assert.match(stderr, /capstan\.yaml:1:15: unknown key "pths"[^]*DECLARATION_INVALID/);
  assert.equal((await shop.say(`release ${id} --secret-file -`, secret)).code, 0);
});
