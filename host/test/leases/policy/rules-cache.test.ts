import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { leaseRules, openLeaseDesk } from '../../../src/lease-desk.ts';
import { findRules, keepRules } from '../../../src/leases/policy/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'lease-rules-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'capstan.yaml');
const cache = join(folder, '.capstan/lease-rules.json');

beforeEach(() => {
  rmSync(join(folder, '.capstan'), { recursive: true, force: true });
  writeFileSync(file, 'lanes: { backend: { paths: [src] } }\n');
});

/** What is kept of the file as it is; null for nothing. */
function kept(version = '1'): unknown {
  const found = findRules(folder, cache, version);
  return found.kind === 'rules' ? found.rules : null;
}

async function keep(version = '1'): Promise<void> {
  const rules = await leaseRules(folder);
  const found = findRules(folder, cache, version);
  assert.equal(found.kind, 'unknown');
  if (found.kind === 'unknown') keepRules(cache, found.source, version, rules);
}

test('what was read once is found again, and is readable by its owner only', async () => {
  const read = await leaseRules(folder);
  assert.equal(statSync(cache).mode & 0o777, 0o600);
  assert.deepEqual(await leaseRules(folder), read);
  assert.deepEqual(read.lanes, { backend: { paths: ['src'] } });
});

test('an edit counts at once, also one of the same length in the same moment', async () => {
  await keep();
  const { mtime } = statSync(file);
  writeFileSync(file, 'lanes: { frontend: {paths: [src] } }\n');
  utimesSync(file, mtime, mtime);
  assert.equal(kept(), null);
  assert.deepEqual(Object.keys((await leaseRules(folder)).lanes), ['frontend']);
});

test('what another version understood is not taken', async () => {
  await keep('1');
  assert.ok(kept('1'));
  assert.equal(kept('2'), null);
});

test('what others could have written is not taken', async () => {
  await keep();
  chmodSync(cache, 0o620);
  assert.equal(kept(), null);
  chmodSync(cache, 0o600);
  assert.ok(kept());
});

test('a link, a folder and damaged text in the place of what was kept are passed over', async () => {
  await keep();
  const text = readFileSync(cache, 'utf8');
  const damaged = [
    text.slice(0, -10),
    '',
    '[]',
    'null',
    text.replace('backend', 'backdoor'),
    text.replace(/"format":\d+/, '"format":99'),
  ];
  for (const wrong of damaged) {
    writeFileSync(cache, wrong);
    assert.equal(kept(), null, wrong.slice(0, 40));
  }
  rmSync(cache);
  writeFileSync(join(folder, 'elsewhere.json'), text, { mode: 0o600 });
  symlinkSync(join(folder, 'elsewhere.json'), cache);
  assert.equal(kept(), null);
  rmSync(cache);
  mkdirSync(cache);
  assert.equal(kept(), null);
  assert.ok(await leaseRules(folder), 'it is read anew all the same');
});

test('with a capstan.yaml that nobody can read nothing is granted, and what is held can be given back', async () => {
  const env = { HOME: folder };
  const claim = { kind: 'name', name: 'name:deploy', mode: 'exclusive' } as const;
  const desk = await openLeaseDesk({ root: folder, env });
  const answer = await desk.acquire({ holder: 'me', alternatives: [[claim]] });
  await desk.close();
  assert.equal(answer.kind, 'granted');
  if (answer.kind !== 'granted') return;
  writeFileSync(file, 'lanes: { backend: { pths: [src] } }\n');
  const later = await openLeaseDesk({ root: folder, env });
  await assert.rejects(later.acquire({ holder: 'you', alternatives: [[claim]] }), {
    code: 'DECLARATION_INVALID',
  });
  const { lease, secret } = answer;
  assert.equal((await later.renew(lease.id, { secret })).kind, 'done');
  assert.equal((await later.release(lease.id, { secret })).kind, 'done');
  await later.close();
});
