import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { documentIn } from './documents.ts';
import { capstan } from './fake-io.ts';

const root = mkdtempSync(join(tmpdir(), 'capstan-arbitrate-'));
const data = mkdtempSync(join(tmpdir(), 'capstan-arbitrate-data-'));
after(() => {
  for (const folder of [root, data]) rmSync(folder, { recursive: true, force: true });
});
writeFileSync(
  join(root, 'capstan.yaml'),
  `capabilities: []
lanes:
  backend: {paths: ["services/api/**"], exclusive: true, class: heavy}
  ui: {paths: ["services/ui/**"], class: heavy}
classes: {heavy: {most: 1}}
resources: {"license:matlab": 3}
refusals:
  SOAK_NOT_OVER: {summary: The soak test of the release still runs., fix: Wait until it is over., exit: 9}
`,
);

const env = { XDG_DATA_HOME: data };
const type = (line: string, stdin?: string) =>
  capstan(line.split(' '), { cwd: root, env, ...(stdin === undefined ? {} : { stdin }) });

const anna = JSON.stringify([
  {
    holder: 'anna',
    claims: [{ kind: 'name', name: 'lane:backend', mode: 'exclusive' }],
    purpose: 'moving it',
    acquiredMs: 1000,
    expiresMs: 61_000,
  },
]);

test('a free region is granted, with 0', async () => {
  const { code, stdout } = await type('arbitrate --region src/** --holder me');
  assert.deepEqual([code, stdout], [0, 'granted: src/**\n']);
});

test('where nobody ever held anything, asking makes no ledger', async () => {
  const fresh = mkdtempSync(join(data, 'fresh-'));
  writeFileSync(join(fresh, 'capstan.yaml'), 'capabilities: []');
  const elsewhere = { XDG_DATA_HOME: join(fresh, 'data') };
  const ask = (line: string) => capstan(line.split(' '), { cwd: fresh, env: elsewhere });
  assert.equal((await ask('arbitrate --region src/** --name x --resource ram=1MiB')).code, 0);
  assert.deepEqual(
    readdirSync(fresh, { recursive: true }).filter((path) => String(path).includes('.db')),
    [],
  );
});

test('a dry decision leaves nothing behind', async () => {
  await type('arbitrate --name x --holder me');
  const { stdout } = await type('lease list --json');
  assert.deepEqual(documentIn(stdout, 'lease-list')['leases'], []);
  const log = await type('lease log --json');
  assert.deepEqual(documentIn(log.stdout, 'lease-log')['events'], []);
});

test('a lane of a list comes with its paths and its class, and the verdict is the exit code', async () => {
  const held = await type('arbitrate --leases - --at 2000 --region services/api/a.ts', anna);
  assert.equal(held.code, 5);
  assert.match(
    held.stdout,
    /^services\/api\/a\.ts overlaps services\/api\/\*\*, held by "anna", for 1 s so far, for "moving it", and for 59 s more/,
  );
  assert.match(held.stdout, /in the way: "anna" holds/);
  const full = await type('arbitrate --leases - --at 2000 --lane ui', anna);
  assert.equal(full.code, 5);
  assert.match(full.stdout, /Class "heavy" has room for 1 at once: "anna" holds lane "backend"/);
});

test('a lease of a list that is over at the moment asked about does not count, nor does one of the holder', async () => {
  const later = await type('arbitrate --leases - --at 61000 --lane backend', anna);
  assert.equal(later.code, 0, later.stdout);
  const own = await type('arbitrate --leases - --at 2000 --lane backend --holder anna', anna);
  assert.equal(own.code, 0, own.stdout);
});

test('the same file, moment and question have the same answer, byte for byte', async () => {
  const ask = () => type('arbitrate --leases - --at 2000 --lane backend --json', anna);
  const [first, second] = [await ask(), await ask()];
  assert.equal(first.stdout, second.stdout);
  const found = documentIn(first.stdout, 'arbitrate');
  assert.deepEqual([found['decision'], found['code'], found['exit']], ['waiting', 'LANE_HELD', 5]);
});

test('what lease list wrote can be asked', async () => {
  const taken = await type('lease acquire --lane backend --holder bert --term 5m --json');
  assert.equal(taken.code, 0, taken.stderr);
  const { stdout } = await type('lease list --json');
  const asked = await type('arbitrate --leases - --lane backend --json', stdout);
  const found = documentIn(asked.stdout, 'arbitrate');
  assert.equal(found['code'], 'LANE_HELD');
  const live = documentIn((await type('arbitrate --lane backend --json')).stdout, 'arbitrate');
  assert.equal(live['code'], 'LANE_HELD');
  assert.equal(live['blockers'][0].holder, 'bert');
});

test('of several that would do the first that can be had is taken, or the best', async () => {
  const capacity = { a: { total: 10 }, b: { total: 4 } };
  const list = JSON.stringify({ leases: JSON.parse(anna) as unknown, capacity });
  const line = 'arbitrate --leases - --at 2000 --resource a=3 --any --resource b=3 --json';
  const first = documentIn((await type(line, list)).stdout, 'arbitrate');
  assert.equal(first['alternative'], 0);
  const best = documentIn((await type(`${line} --ranked`, list)).stdout, 'arbitrate');
  assert.equal(best['alternative'], 1);
  const groups = await type(
    'arbitrate --leases - --at 2000 --lane backend --name x --or --name y --json',
    list,
  );
  assert.equal(documentIn(groups.stdout, 'arbitrate')['alternative'], 1);
});

const wrong: [line: string, exit: number, code: string, says: RegExp][] = [
  ['arbitrate', 2, 'CLAIM_INVALID', /Nothing is asked for/],
  ['arbitrate --region ../x', 2, 'REGION_OUTSIDE_TREE', /above the root/],
  ['arbitrate --region=', 2, 'REGION_EMPTY', /empty/],
  ['arbitrate --region /etc', 2, 'REGION_OUTSIDE_TREE', /./],
  ['arbitrate --name a\u2028b', 2, 'LABEL_INVALID', /U\+2028 at character 2/],
  ['arbitrate --name a\u0000b', 2, 'LABEL_INVALID', /U\+0000/],
  ['arbitrate --name x --holder=', 2, 'LABEL_INVALID', /holder is empty/],
  ['arbitrate --resource ram=NaN', 2, 'CLAIM_INVALID', /no amount/],
  ['arbitrate --resource license:matlab=-1', 2, 'CLAIM_INVALID', /less than nothing/],
  ['arbitrate --resource license:matlab=0', 2, 'CLAIM_INVALID', /nothing/],
  ['arbitrate --resource license:matlab=1.5', 2, 'CLAIM_INVALID', /whole number/],
  ['arbitrate --resource rm=2GiB', 2, 'CLAIM_INVALID', /./],
  ['arbitrate --name x --mode exclusve', 2, 'USAGE', /exclusve/],
  ['arbitrate --name x --at 5', 2, 'USAGE', /--leases/],
  ['arbitrate --name x --any --or --name y', 2, 'USAGE', /together/],
  ['arbitrate --name x --leases nowhere.json', 3, 'FILE_NOT_FOUND', /nowhere\.json/],
];
for (const [line, exit, code, says] of wrong) {
  test(`${JSON.stringify(line)} is refused with ${code}`, async () => {
    const found = await type(`${line} --json`);
    const { error } = documentIn(found.stdout, 'error');
    assert.equal(error.code, code, error.message);
    assert.equal(found.code, exit);
    assert.match(error.message, says);
  });
}

const never: [line: string, code: string, says: RegExp][] = [
  ['arbitrate --lane uii', 'LANE_UNKNOWN', /Did you mean "ui"\? Known lanes: backend and ui/],
  ['arbitrate --resource license:matlap=1', 'RESOURCE_UNKNOWN', /Did you mean "license:matlab"/],
  ['arbitrate --resource license:matlab=4', 'CLAIM_NEVER_FITS', /Ask for 3 at most/],
];
for (const [line, code, says] of never) {
  test(`${line} can never be granted: ${code}`, async () => {
    const found = await type(`${line} --json`);
    const answer = documentIn(found.stdout, 'arbitrate');
    assert.deepEqual([answer['decision'], answer['code'], found.code], ['refused', code, 4]);
    assert.match(answer['hint'], says);
  });
}

test('a list that is none is refused with the place', async () => {
  for (const text of [
    '',
    '{',
    '7',
    '{"leases": 3}',
    '[7]',
    '[{"holder": ""}]',
    '[{"holder": "x"}]',
  ]) {
    const { code, stdout } = await type('arbitrate --name x --leases - --json', text);
    assert.equal(code, 2, text);
    assert.match(documentIn(stdout, 'error')['error'].message, /What came on stdin/);
  }
  const bad = '[{"holder": "x", "claims": [{"kind": "quantity", "resource": "r", "amount": -1}]}]';
  const { stdout } = await type('arbitrate --name x --leases - --json', bad);
  assert.match(
    documentIn(stdout, 'error')['error'].message,
    /lease 1: -1 of r is less than nothing/,
  );
});

test('outside of a workspace there is only what the machine has', async () => {
  const outside = (line: string) => capstan(line.split(' '), { cwd: data, env });
  const region = await outside('arbitrate --region src --json');
  assert.equal(documentIn(region.stdout, 'error')['error'].code, 'WORKSPACE_NOT_FOUND');
  assert.equal((await outside('arbitrate --resource ram=1MiB --holder me')).code, 0);
  const name = await outside('arbitrate --name x --json');
  assert.equal(documentIn(name.stdout, 'error')['error'].code, 'WORKSPACE_NOT_FOUND');
  assert.equal((await outside('arbitrate --name x --machine')).code, 0);
  assert.ok(!existsSync(join(data, '.capstan')));
});

test('a code is explained, in any case, and so is one of the workspace', async () => {
  const held = await type('explain region-held');
  assert.equal(held.code, 0);
  assert.match(
    held.stdout,
    /^REGION_HELD {2}ends with 5; held by somebody: it can be waited for\n/,
  );
  assert.match(held.stdout, / {2}try: Wait for it with `--wait 10m`/);
  const own = documentIn((await type('explain SOAK_NOT_OVER --json')).stdout, 'explain');
  assert.deepEqual([own['kind'], own['exit'], own['verdict']], ['declared', 9, null]);
});

test('every code is listed, and those that end a process with a number', async () => {
  const all = documentIn((await type('explain --json')).stdout, 'explain');
  const codes = (all['codes'] as { code: string }[]).map(({ code }) => code);
  for (const code of ['USAGE', 'LEASE_OVER', 'SOAK_NOT_OVER']) assert.ok(codes.includes(code));
  assert.equal(new Set(codes).size, codes.length);
  const busy = documentIn((await type('explain 75 --json')).stdout, 'explain');
  assert.ok((busy['codes'] as { exit: number }[]).every(({ exit }) => exit === 75));
  const { stdout } = await type('explain 9');
  assert.match(stdout, /^9: declared in capstan\.yaml\n.*\nSOAK_NOT_OVER/);
});

test('a code that there is not is answered with the nearest', async () => {
  const { code, stderr } = await type('explain REGION_HLD');
  assert.equal(code, 3);
  assert.match(stderr, /There is no code "REGION_HLD"/);
  assert.match(stderr, /Did you mean REGION_HELD\?/);
});

test('a capstan.yaml that cannot be read keeps nobody from learning what a code means', async () => {
  const broken = mkdtempSync(join(data, 'broken-'));
  writeFileSync(join(broken, 'capstan.yaml'), 'capabilities: {');
  const { code, stdout, stderr } = await capstan(['explain', 'USAGE'], { cwd: broken, env });
  assert.equal(code, 0);
  assert.match(stdout, /^USAGE/);
  assert.match(stderr, /codes of capstan\.yaml are not known/);
  assert.ok(readdirSync(broken).length > 0);
});
