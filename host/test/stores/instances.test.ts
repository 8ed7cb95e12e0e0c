import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { chainHash } from '../../src/stores/journal/chain.ts';
import { Reader } from '../../src/stores/reader/reader.ts';
import { StateStore } from '../../src/stores/index.ts';
import { completed, jobSpec, nodeSpec, openStore, runSpec, steppingClock } from './workspace.ts';

const large = { instance: 'speech-large', capability: 'speech', actor: 'ada' };

test('what is set of an instance is known over a restart, until it is forgotten', async (t) => {
  const { store, paths } = await openStore(t);
  await store.configureInstance({ ...large, config: { model: 'large' }, whole: false });
  await store.setInstanceEnv({ ...large, env: { CUDA_VISIBLE_DEVICES: '1' } });
  await store.setInstanceEnabled('speech-large', false, 'ada', 'speech');
  await store.close();
  const again = await StateStore.open({ paths, clock: steppingClock(), reserveBytes: 0 });
  t.after(() => again.close());
  const { changedAt: _, ...row } = again.reader.instance('speech-large') ?? { changedAt: '' };
  assert.deepEqual(row, {
    instanceId: 'speech-large',
    capability: 'speech',
    enabled: false,
    config: { model: 'large' },
    configWhole: false,
    env: { CUDA_VISIBLE_DEVICES: '1' },
  });
  assert.deepEqual(await again.forgetInstance({ instance: 'speech-large', actor: 'ada' }), {
    forgotten: true,
  });
  assert.equal(again.reader.instance('speech-large'), null);
  assert.deepEqual(await again.forgetInstance({ instance: 'speech-large', actor: 'ada' }), {
    forgotten: false,
  });
  assert.deepEqual((await again.reader.verifyJournal()).problems, []);
});

test('a whole configuration that is empty is another thing than none', async (t) => {
  const { store, reader } = await openStore(t);
  await store.configureInstance({ ...large, config: {}, whole: true });
  const set = reader.instance('speech-large');
  assert.deepEqual([set?.config, set?.configWhole], [{}, true]);
  await store.configureInstance({ ...large, config: null, whole: false });
  const unset = reader.instance('speech-large');
  assert.deepEqual([unset?.config, unset?.configWhole], [null, false]);
});

test('the default instance is named by its capability, and has no name of its own in the journal', async (t) => {
  const { store, reader } = await openStore(t);
  const config = { model: 'tiny' };
  await store.configureInstance({
    ...large,
    instance: 'speech',
    config,
    whole: false,
  });
  await store.configureInstance({ ...large, config, whole: false });
  const rows = reader.journal({ eventType: 'instance_configured' });
  assert.deepEqual(
    rows.map(({ capability, instance }) => [capability, instance]),
    [
      ['speech', null],
      ['speech', 'speech-large'],
    ],
  );
  assert.deepEqual(
    reader.instances().map(({ instanceId, capability }) => [instanceId, capability]),
    [
      ['speech', 'speech'],
      ['speech-large', 'speech'],
    ],
  );
});

for (const [what, column, damage, told] of [
  ['no JSON', 'config', '{"model":', /configuration cannot be read/],
  ['a list', 'config', '[1]', /configuration is not an object/],
  ['a value that is gone', 'config', `@${'0'.repeat(64)}`, /configuration cannot be read/],
  ['an environment of numbers', 'env', '{"A":1}', /no text/],
] as const) {
  test(`an instance with ${what} in its row is read as empty, with a warning`, async (t) => {
    const { store, paths } = await openStore(t);
    await store.configureInstance({ ...large, config: { model: 'large' }, whole: true });
    await store.close();
    const db = new DatabaseSync(paths.stateDb);
    db.prepare(`UPDATE instances SET ${column} = ?`).run(damage);
    db.close();
    const reader = Reader.openState(paths.stateDb);
    t.after(() => reader.close());
    const row = reader.instance('speech-large');
    if (column === 'config') assert.deepEqual([row?.config, row?.configWhole], [null, false]);
    else assert.deepEqual(row?.env, {});
    assert.match(row?.problem ?? '', told);
    assert.match(reader.warnings().join('\n'), told);
  });
}

test('the hash of a row counts its instance, and that of a row without one is what it always was', async (t) => {
  const { store, paths } = await openStore(t);
  await store.submitJobs([jobSpec(), jobSpec({ instance: 'speech-large' })]);
  await store.close();
  const db = new DatabaseSync(paths.stateDb);
  const rows = db.prepare('SELECT * FROM journal').all() as unknown as Parameters<
    typeof chainHash
  >[0][];
  const [plain, named] = rows;
  assert.ok(plain !== undefined && named !== undefined);
  assert.equal(chainHash(named), (named as { hash?: string }).hash);
  assert.notEqual(chainHash({ ...named, instance: null }), chainHash(named));
  assert.notEqual(chainHash({ ...plain, instance: 'speech' }), chainHash(plain));
  db.exec(`DROP TRIGGER journal_not_updated; UPDATE journal SET instance = 'other' WHERE seq = 2`);
  db.close();
  const reader = Reader.openState(paths.stateDb);
  t.after(() => reader.close());
  const { problems } = await reader.verifyJournal();
  assert.ok(problems.some(({ seq }) => seq === 2));
});

test('jobs are found by their instance, by their capability, and never under another one', async (t) => {
  const { store, reader } = await openStore(t);
  await store.submitJobs([
    jobSpec(),
    jobSpec({ instance: 'speech-large' }),
    jobSpec({ capability: 'other' }),
  ]);
  const found = (filter: Parameters<typeof reader.jobs>[0]) =>
    reader.jobs({ ...filter, oldestFirst: true }).map(({ capability, instance }) => {
      return instance ?? capability;
    });
  assert.deepEqual(found({ instance: 'speech' }), ['speech']);
  assert.deepEqual(found({ instance: 'speech-large' }), ['speech-large']);
  assert.deepEqual(found({ capability: 'speech' }), ['speech', 'speech-large']);
  assert.deepEqual(found({ capability: 'other', instance: 'speech-large' }), []);
  assert.deepEqual(found({ capability: 'other', instance: 'speech' }), []);
  assert.deepEqual(found({ instance: 'nothing' }), []);
  const inJournal = (instance: string) => reader.journal({ instance }).length;
  assert.deepEqual([inJournal('speech'), inJournal('speech-large')], [1, 1]);
});

test('only the instance that is disabled takes nothing new', async (t) => {
  const { store } = await openStore(t);
  await store.setInstanceEnabled('speech-large', false, 'ada', 'speech');
  await store.submitJobs([jobSpec()]);
  await assert.rejects(store.submitJobs([jobSpec({ instance: 'speech-large' })]), {
    code: 'CAPABILITY_DISABLED',
  });
  const node = { ...nodeSpec('a'), capability: 'speech', instance: 'speech-large' };
  await assert.rejects(store.submitRun(runSpec([node])), { code: 'CAPABILITY_DISABLED' });
});

test('the same key for another instance is another request', async (t) => {
  const { store } = await openStore(t);
  await store.submitJobs([jobSpec({ idempotencyKey: 'k' })]);
  await assert.rejects(
    store.submitJobs([jobSpec({ idempotencyKey: 'k', instance: 'speech-large' })]),
    { code: 'IDEMPOTENCY_CONFLICT' },
  );
});

test('an instance that is named as its capability is refused: it has no name of its own', async (t) => {
  const { store } = await openStore(t);
  await assert.rejects(store.submitJobs([jobSpec({ instance: 'speech' })]), {
    code: 'INPUT_INVALID',
  });
});

test('a node runs on the instance it names', async (t) => {
  const { store, reader } = await openStore(t);
  const node = { ...nodeSpec('a'), instance: 'tool-two' };
  const { runId } = await store.submitRun(runSpec([node]));
  const [row] = reader.runNodes(runId);
  assert.equal(row?.instance, 'tool-two');
  const job = reader.job(row?.jobId ?? '');
  assert.deepEqual([job?.capability, job?.instance], ['tool', 'tool-two']);
  await store.startAttempt(job?.jobId ?? '', 'call');
  await store.finishAttempt(job?.jobId ?? '', 1, completed('ok'));
  assert.deepEqual((await reader.replayCheck()).problems, []);
});
