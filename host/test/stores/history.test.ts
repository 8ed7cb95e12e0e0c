import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openForReading } from '../../src/stores/file/open.ts';
import { type JobFilter, jobsWhere } from '../../src/stores/reader/filters.ts';
import { type JournalFilter, journalWhere } from '../../src/stores/reader/journal-filter.ts';
import { StateStore } from '../../src/stores/index.ts';
import {
  completed,
  failed,
  jobSpec,
  nodeSpec,
  openStore,
  runNode,
  runSpec,
  temporaryWorkspace,
} from './workspace.ts';

test('a history is read in pages, either way, and a page is the same after a restart', async (t) => {
  const paths = temporaryWorkspace(t);
  const before = await openStore(t, paths);
  const jobs = await before.store.submitJobs(Array.from({ length: 25 }, () => jobSpec()));
  const ids = jobs.map(({ jobId }) => jobId);
  const first = before.reader.history({ limit: 10 });
  await before.store.close();
  const { store, reader } = await openStore(t, paths);
  await store.submitJobs([jobSpec()]);
  const seen = [first];
  for (let next = first.next; next !== null; next = seen.at(-1)?.next ?? null) {
    seen.push(reader.history({ limit: 10, before: next }));
  }
  assert.deepEqual(
    seen.map((page) => page.jobs.length),
    [10, 10, 5],
  );
  const backwards = seen.flatMap((page) => page.jobs.map(({ jobId }) => jobId));
  assert.deepEqual(
    backwards,
    ids.toReversed(),
    'nothing twice, nothing left out, nothing that came later',
  );
  const forwards = reader.history({ oldestFirst: true, limit: 20 });
  assert.deepEqual(
    forwards.jobs.map(({ jobId }) => jobId),
    ids.slice(0, 20),
  );
  const rest = reader.history({ oldestFirst: true, after: forwards.next ?? 0, limit: 20 });
  assert.deepEqual([rest.jobs.length, rest.next], [6, null]);
});

test('a history can be narrowed down by what a job is and how it ended', async (t) => {
  const { store, reader } = await openStore(t);
  const specs = [
    jobSpec({ actor: 'ada', runId: 'x' }),
    jobSpec({ capability: 'other' }),
    jobSpec({ actor: 'ada' }),
  ];
  const [one, two, three] = await store.submitJobs(specs);
  assert.ok(one && two && three);
  await store.startAttempt(one.jobId, 'call');
  await store.finishAttempt(one.jobId, 1, failed());
  await store.cancelJob(two.jobId, 'no');
  const found = (filter: JobFilter): string[] =>
    reader.history(filter).jobs.map(({ jobId }) => jobId);
  assert.deepEqual(found({ state: ['failed', 'cancelled'] }), [two.jobId, one.jobId]);
  assert.deepEqual(found({ state: 'pending' }), [three.jobId]);
  assert.deepEqual(found({ state: ['pending', 'failed'] }), [three.jobId, one.jobId]);
  assert.deepEqual(found({ actor: 'ada' }), [three.jobId, one.jobId]);
  assert.deepEqual(found({ capability: 'other' }), [two.jobId]);
  assert.deepEqual(found({ runId: 'x', state: 'failed', capability: 'speech' }), [one.jobId]);
  assert.deepEqual(found({ runId: 'x', state: 'completed' }), []);
});

test('sums say how many jobs there are, which wait longest, and what the last hour came to', async (t) => {
  const { store, reader } = await openStore(t);
  assert.deepEqual(reader.jobStats(Date.UTC(2026, 0, 1)).durations, null);
  const [one, two, three, four] = await store.submitJobs([
    jobSpec(),
    jobSpec(),
    jobSpec({ capability: 'other' }),
    jobSpec(),
  ]);
  assert.ok(one && two && three && four);
  await store.startAttempt(one.jobId, 'call');
  await store.finishAttempt(one.jobId, 1, completed('ok'));
  await store.startAttempt(two.jobId, 'call');
  await store.cancelJob(four.jobId, 'no');
  const nowMs = Date.parse(three.submittedAt) + 60_000;
  const stats = reader.jobStats(nowMs);
  const none = { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0, needs_decision: 0 };
  assert.deepEqual(stats.byState, { ...none, pending: 1, running: 1, completed: 1, cancelled: 1 });
  assert.deepEqual({ ...stats.byCapability['other'] }, { ...none, pending: 1 });
  assert.deepEqual(stats.oldestPending, {
    jobId: three.jobId,
    submittedAt: three.submittedAt,
    ageMs: 60_000,
  });
  const outcomes = { completed: 1, failed: 0, cancelled: 1, retried: 0 };
  assert.deepEqual([stats.lastHour, stats.total], [outcomes, outcomes]);
  // The clock of these tests moves a second at every look.
  assert.deepEqual(stats.durations, {
    jobs: 1,
    waitMs: { mean: 1_000, p95: 1_000 },
    runMs: { mean: 1_000, p95: 1_000 },
  });
  const later = reader.jobStats(nowMs + 2 * 3_600_000);
  assert.deepEqual(later.lastHour, { completed: 0, failed: 0, cancelled: 0, retried: 0 });
  assert.deepEqual(later.total, outcomes);
});

async function withJournal(t: TestContext) {
  const opened = await openStore(t);
  const { store } = opened;
  const { runId } = await store.submitRun(
    runSpec([nodeSpec('a'), nodeSpec('b', ['a'])], { actor: 'ada' }),
  );
  await runNode(store, runId, 'a', {
    kind: 'completed',
    result: 1,
    artifacts: [],
    session: 'wrk_1',
  });
  const [job] = await store.submitJobs([jobSpec({ runId: 'label', actor: 'bob' })]);
  await store.append([{ eventType: 'worker_ready', session: 'wrk_1', payload: {} }]);
  return { ...opened, runId, jobId: job?.jobId ?? '' };
}

test('the journal is searched by job, run, composition, node, instance, session, type and actor', async (t) => {
  const { reader, runId, jobId } = await withJournal(t);
  const types = (filter: JournalFilter): string[] =>
    reader.journal(filter).map(({ eventType }) => eventType);
  assert.deepEqual(types({ jobId }), ['job_submitted']);
  assert.deepEqual(types({ runId: 'label' }), ['job_submitted']);
  const ofRun = ['run_submitted', 'job_submitted', 'job_started', 'job_finished', 'job_submitted'];
  assert.deepEqual(types({ runId }), ofRun);
  assert.deepEqual(types({ composition: runId }), ofRun);
  assert.deepEqual(types({ composition: 'notes' }), ofRun);
  assert.deepEqual(types({ composition: 'label' }), []);
  assert.deepEqual(types({ nodeId: 'b' }), ['job_submitted']);
  assert.deepEqual(types({ capability: 'speech' }), ['job_submitted']);
  assert.deepEqual(types({ session: 'wrk_1' }), ['job_finished', 'worker_ready']);
  assert.deepEqual(types({ eventType: ['worker_ready', 'run_submitted'] }), [
    'run_submitted',
    'worker_ready',
  ]);
  assert.deepEqual(types({ eventType: 'job_started' }), ['job_started']);
  assert.deepEqual(types({ actor: 'bob' }), ['job_submitted']);
  assert.deepEqual(types({ runId, nodeId: 'a', eventType: 'job_finished', session: 'wrk_1' }), [
    'job_finished',
  ]);
  assert.ok(reader.journal({ runId }).every(({ compositionId }) => compositionId === runId));
  assert.equal(reader.journal({ jobId })[0]?.compositionId, null);
});

test('the journal is searched by time and by place, in either order', async (t) => {
  const { reader } = await withJournal(t);
  const all = reader.journal();
  const seqs = (filter: JournalFilter): number[] => reader.journal(filter).map(({ seq }) => seq);
  const [third, fifth] = [all[2]?.ts ?? '', all[4]?.ts ?? ''];
  const between = all.filter(({ ts }) => ts >= third && ts <= fifth).map(({ seq }) => seq);
  assert.deepEqual(seqs({ since: third, until: fifth }), between);
  assert.deepEqual(seqs({ since: third, until: fifth, newestFirst: true }), between.toReversed());
  assert.deepEqual(seqs({ afterSeq: 2, beforeSeq: 5 }), [3, 4]);
  assert.deepEqual(seqs({ newestFirst: true, limit: 2 }), [all.length, all.length - 1]);
  assert.deepEqual(seqs({ since: '2030-01-01' }), []);
  assert.throws(() => reader.journal({ since: 'yesterday' }), { code: 'INPUT_INVALID' });
});

test('a search by time finds every row, however often the clock was set back', async (t) => {
  let nowMs = Date.UTC(2026, 0, 1);
  const clock = { nowMs: () => nowMs, monotonicMs: () => performance.now() };
  const store = await StateStore.open({ paths: temporaryWorkspace(t), clock, reserveBytes: 0 });
  t.after(() => store.close());
  const { reader } = store;
  const hours = [9, 3, 7, 1, 20, 2, 2, 11];
  for (const hour of hours) {
    nowMs = Date.UTC(2026, 0, 1, hour);
    const events = Array.from({ length: 150 }, () => ({ eventType: 'tick', payload: {} }));
    // oxlint-disable-next-line no-await-in-loop -- in this order
    await store.append(events);
  }
  const all = reader.journal({ limit: 10_000 });
  assert.equal(all.length, 1_200);
  for (const since of [0, 1, 3, 8, 12, 21]) {
    for (const until of [0, 2, 7, 11, 23]) {
      for (const newestFirst of [false, true]) {
        const times = { since: at(since), until: at(until) };
        const wanted = all.filter(({ ts }) => ts >= times.since && ts <= times.until);
        const found = reader.journal({ ...times, newestFirst, limit: 10_000 });
        assert.deepEqual(found, newestFirst ? wanted.toReversed() : wanted);
      }
    }
  }
});

const at = (hour: number): string => new Date(Date.UTC(2026, 0, 1, hour)).toISOString();

test('a cursor beyond the end of the journal is refused, the end itself is not', async (t) => {
  const { reader } = await withJournal(t);
  const end = reader.lastSeq();
  assert.deepEqual(reader.journal({ afterSeq: end }), []);
  assert.throws(() => reader.journal({ afterSeq: end + 1 }), {
    code: 'CURSOR_AHEAD',
    details: { cursor: end + 1, lastSeq: end },
  });
  assert.throws(() => reader.journal({ afterSeq: -1 }), { code: 'INPUT_INVALID' });
  assert.throws(() => reader.journal({ afterSeq: 1.5 }), { code: 'INPUT_INVALID' });
});

/** How SQLite goes about a query, in its own words. */
async function planOf(
  t: TestContext,
  { sql, values }: { sql: string; values: (string | number)[] },
) {
  const { store, paths } = await openStore(t);
  await store.submitJobs([jobSpec()]);
  const db = openForReading(paths.stateDb);
  const steps = db.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values);
  db.close();
  return steps.map(({ detail }) => detail).join('; ');
}

const jobPlans: [filter: JobFilter, uses: string][] = [
  [{ state: 'pending' }, 'jobs_unfinished'],
  [{ state: ['running', 'pending'] }, 'jobs_unfinished'],
  [{ state: 'failed', capability: 'speech' }, 'jobs_ended_otherwise'],
  [{ state: 'completed', capability: 'speech' }, 'jobs_by_capability'],
  [{ runId: 'run_1', state: 'pending', capability: 'speech' }, 'jobs_by_run'],
  [{ before: 5 }, 'jobs_by_age'],
];
const journalPlans: [filter: JournalFilter, uses: string][] = [
  [{ jobId: 'job_1', eventType: 'job_retrying' }, 'journal_by_job'],
  [{ runId: 'run_1', session: 'wrk_1' }, 'journal_by_run'],
  [{ composition: 'notes', eventType: 'run_finished' }, 'journal_by_run'],
  [{ session: 'wrk_1', eventType: 'worker_died' }, 'journal_by_session'],
  [{ eventType: 'worker_died', capability: 'speech' }, 'journal_rare_types'],
  [{ since: '2026-01-01', until: '2026-01-02' }, 'INTEGER PRIMARY KEY'],
];

for (const [filter, uses] of jobPlans) {
  test(`jobs by ${Object.keys(filter).join(', ')} are found by ${uses}`, async (t) => {
    assert.match(await planOf(t, jobsWhere(filter)), new RegExp(`USING INDEX ${uses}`));
  });
}
for (const [filter, uses] of journalPlans) {
  test(`rows of the journal by ${Object.keys(filter).join(', ')} are found by ${uses}`, async (t) => {
    const plan = await planOf(t, journalWhere(filter, 0));
    assert.match(plan, new RegExp(`SEARCH journal USING (INDEX )?${uses}`));
  });
}
