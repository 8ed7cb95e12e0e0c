import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { doors } from '../../src/cli/runtime.ts';
import { Diagnostics, type JobSpec, type StateStore } from '../../src/stores/index.ts';
import {
  completed,
  failed,
  jobSpec,
  openStore,
  steppingClock,
  temporaryWorkspace,
  wireError,
} from '../stores/workspace.ts';
import { documentIn } from './documents.ts';
import { type Answer, capstan } from './fake-io.ts';

interface Row {
  [member: string]: unknown;
}

/** A workspace with real stores, and the commands that only look at them. */
async function openWorld(t: TestContext) {
  const paths = temporaryWorkspace(t);
  writeFileSync(join(paths.root, 'capstan.yaml'), '');
  const { store } = await openStore(t, paths);
  const ask = (...argv: string[]): Promise<Answer> =>
    capstan(argv, { cwd: paths.root, view: doors.view, nowMs: Date.UTC(2026, 0, 2) });
  const submit = async (over: Partial<JobSpec> = {}): Promise<string> =>
    (await store.submitJobs([jobSpec(over)]))[0]?.jobId ?? '';
  return { paths, store, ask, submit };
}

async function finish(store: StateStore, jobId: string, outcome = completed('done')) {
  const start = await store.startAttempt(jobId, 'call_1');
  if (start.kind === 'refused') throw new Error(start.state);
  await store.finishAttempt(jobId, start.attempt, outcome);
}

test('jobs pages through all there ever were, each once, while further ones are submitted', async (t) => {
  const { ask, submit } = await openWorld(t);
  const ids: string[] = [];
  // oxlint-disable-next-line no-await-in-loop -- in this order
  for (let i = 0; i < 7; i++) ids.push(await submit());
  const seen: string[] = [];
  let cursor: number | null = null;
  do {
    const more: string[] = cursor === null ? [] : ['--before', String(cursor)];
    // oxlint-disable-next-line no-await-in-loop -- a page tells where the next begins
    const { stdout } = await ask('jobs', '-n', '3', '--json', ...more);
    const page = documentIn(stdout, 'jobs');
    seen.push(...page['jobs'].map(({ id }: { id: string }) => id));
    cursor = page['cursor'];
    // oxlint-disable-next-line no-await-in-loop -- while somebody pages
    await submit({ input: {} });
  } while (cursor !== null);
  assert.deepEqual(seen, ids.toReversed());
});

test('where no job fits it is told whether there are any', async (t) => {
  const { ask, submit } = await openWorld(t);
  assert.match((await ask('jobs', '-n', '3')).stderr, /no jobs yet\. `capstan run`/);
  await submit();
  const none = await ask('jobs', '--state', 'failed');
  assert.deepEqual(none, {
    code: 0,
    stdout: '',
    stderr: 'No such jobs. `capstan stats` says which there are.\n',
  });
});

test('a page of jobs names the command that shows the next, with its filters', async (t) => {
  const { ask, submit } = await openWorld(t);
  // oxlint-disable-next-line no-await-in-loop -- in this order
  for (let i = 0; i < 3; i++) await submit({ runId: 'my batch', actor: 'ci' });
  await submit();
  const filters = ['--run', 'my batch', '--state', 'pending', '--state', 'failed'];
  const { stdout, stderr } = await ask('jobs', ...filters, '--limit', '2');
  assert.equal(stdout.trimEnd().split('\n').length, 3);
  assert.match(
    stderr,
    /More: capstan jobs --state pending --state failed --run 'my batch' --limit 2 --before \d+\n/,
  );
  const since = await ask('jobs', '--since', '2025-01-01', '--actor', 'ci', '--json');
  assert.equal(documentIn(since.stdout, 'jobs')['jobs'].length, 3);
  assert.equal(
    documentIn((await ask('jobs', '--since', '1h', '--json')).stdout, 'jobs')['jobs'].length,
    0,
  );
});

test('a label that nobody used is told of, like a run that there is not', async (t) => {
  const { ask, submit } = await openWorld(t);
  await submit({ runId: 'tuesday' });
  assert.equal((await ask('jobs', '--run', 'tuesday')).code, 0);
  assert.equal((await ask('journal', 'query', '--run', 'tuesday')).code, 0);
  const { code, stderr } = await ask('jobs', '--run', 'wednesday');
  assert.equal(code, 3);
  assert.match(stderr, /no run wednesday/);
});

test('a job that runs without a host is shown as interrupted, with who goes on with it', async (t) => {
  const { ask, store, submit } = await openWorld(t);
  const id = await submit();
  await store.startAttempt(id, 'call_1');
  const list = await ask('jobs');
  assert.match(list.stdout, new RegExp(`${id} +interrupted`));
  assert.match(list.stderr, /capstan resume/);
  const one = await ask('job', id);
  assert.match(one.stdout, /state +interrupted; goes on with the next host/);
  assert.match(one.stdout, /attempts\n {2}1 {2}interrupted/);
  const { stdout } = await ask('job', id, '--json');
  assert.equal(documentIn(stdout, 'job')['interrupted'], true);
  assert.equal(documentIn(stdout, 'job')['state'], 'running');
});

test('a job tells on which terms it was accepted', async (t) => {
  const { ask, submit } = await openWorld(t);
  const id = await submit({
    priority: 7,
    actor: 'ci',
    idempotencyKey: 'k',
    runId: 'tuesday',
    deadlineMs: 30_000,
    withinMs: 3_600_000,
    delayMs: 60_000,
    control: { fast: true },
    retry: { attempts: 4, backoffMs: 500, maxBackoffMs: 8_000 },
  });
  const { stdout } = await ask('job', id);
  for (const line of [
    /label +tuesday/,
    /actor +ci/,
    /key +k/,
    /priority +7/,
    /begins +2026-01-01T/,
    /timeout +30\.0s an attempt/,
    /deadline +2026-01-01T/,
    /retries +up to 4 attempts; pauses from 0\.5s, doubling, at most 8\.0s/,
    /control\n {2}\{\n {4}"fast": true/,
  ]) {
    assert.match(stdout, line);
  }
});

test('a job that will be tried again says why it has to be', async (t) => {
  const { ask, store, submit } = await openWorld(t);
  const id = await submit({ effects: 'pure', retry: { attempts: 2, backoffMs: 60_000 } });
  const error = {
    ...wireError('the line is dead'),
    category: 'transient',
    retriable: true,
  } as const;
  await finish(store, id, { kind: 'failed', error });
  const { stdout } = await ask('job', id);
  assert.match(stdout, /state +pending[^]*begins[^]*1 {2}failed .*\n +the line is dead/);
});

test('a job that needs a decision says what to type', async (t) => {
  const { ask, store, submit } = await openWorld(t);
  const id = await submit({ effects: 'unsafe' });
  await store.startAttempt(id, 'call_1');
  await store.recover();
  const { stderr } = await ask('job', id);
  assert.match(stderr, new RegExp(`capstan decide ${id} rerun[^]*capstan decide ${id} fail`));
});

test('megabytes of input and result are cut for people, and whole for a script', async (t) => {
  const { ask, store, submit } = await openWorld(t);
  const id = await submit({ input: { text: 'x'.repeat(3_000_000) } });
  await finish(store, id, completed({ lines: 'y\n'.repeat(500_000) }));
  const text = await ask('job', id);
  assert.ok(text.stdout.length < 20_000, `${text.stdout.length} characters`);
  assert.match(text.stdout, /3\.0 MB in all; --json has it whole/);
  const { stdout } = await ask('job', id, '--json');
  assert.equal(documentIn(stdout, 'job')['input'].text.length, 3_000_000);
});

test('stats count by state and capability, and say what is disabled', async (t) => {
  const { ask, store, submit } = await openWorld(t);
  await finish(store, await submit());
  await finish(store, await submit(), failed());
  await submit({ capability: 'ocr' });
  await store.setInstanceEnabled('ocr', false, 'me');
  const { stdout } = await ask('stats');
  assert.match(stdout, /host +none is up/);
  assert.match(stdout, /open +1 pending, 0 running/);
  assert.match(stdout, /ever +1 completed, 1 failed/);
  assert.match(stdout, /^ocr +1 .*disabled$/m);
  assert.match(stdout, /^speech +0 +0 +0 +1 +1 +0$/m);
  const document = documentIn((await ask('stats', '--json')).stdout, 'stats');
  assert.deepEqual(document['disabled'], ['ocr']);
  assert.equal(document['jobs'].byCapability.speech.failed, 1);
});

test('jobs, stats and the journal tell the instances of a capability apart, and find them', async (t) => {
  const { ask, store, submit } = await openWorld(t);
  await finish(store, await submit());
  const named = await submit({ instance: 'speech-large' });
  assert.match((await ask('jobs')).stdout, /speech-large\.\w+/);
  const listed = documentIn(
    (await ask('jobs', '--instance', 'speech-large', '--json')).stdout,
    'jobs',
  );
  assert.deepEqual(
    listed['jobs'].map(({ id, capability, instance }: Row) => [id, capability, instance]),
    [[named, 'speech', 'speech-large']],
  );
  const own = documentIn((await ask('jobs', '--instance', 'speech', '--json')).stdout, 'jobs');
  assert.deepEqual(
    own['jobs'].map(({ instance }: Row) => instance),
    ['speech'],
  );
  const all = documentIn((await ask('jobs', '--capability', 'speech', '--json')).stdout, 'jobs');
  assert.equal(all['jobs'].length, 2);
  assert.match((await ask('job', named)).stdout, /instance +speech-large of speech/);
  assert.match((await ask('stats')).stdout, /^speech-large \(speech\) +1/m);
  const { stdout } = await ask('journal', 'query', '--instance', 'speech-large', '--json');
  const rows = documentIn(stdout, 'journal-query')['events'];
  assert.deepEqual(
    rows.map((row: Row) => [row['capability'], row['instance']]),
    [['speech', 'speech-large']],
  );
  assert.match((await ask('journal')).stdout, /speech-large \(speech\)/);
});

test('verify and replay are content with what was written, and name the row that was changed', async (t) => {
  const { ask, paths, store, submit } = await openWorld(t);
  await finish(store, await submit());
  const id = await submit();
  const verified = await ask('journal', 'verify', '--json');
  assert.equal(documentIn(verified.stdout, 'journal-verify')['ok'], true);
  const replayed = await ask('journal', 'replay', '--check', '--json');
  assert.equal(documentIn(replayed.stdout, 'journal-replay')['check'].ok, true);
  await store.close();

  const db = new DatabaseSync(paths.stateDb);
  db.exec(`UPDATE jobs SET priority = 9 WHERE job_id = '${id}'`);
  db.close();
  const tables = await ask('journal', 'replay', '--check');
  assert.equal(tables.code, 1);
  assert.match(tables.stderr, new RegExp(`jobs ${id}: [^]*replay --into restored\\.db`));
  const rebuilt = await ask('journal', 'replay', '--into', 'restored.db', '--json');
  assert.equal(documentIn(rebuilt.stdout, 'journal-replay')['rebuilt'].stoppedAt, null);
  const again = await ask('journal', 'replay', '--into', 'restored.db');
  assert.equal(again.code, 2);
  assert.match(again.stderr, /restored\.db is there already/);

  const journal = new DatabaseSync(paths.stateDb);
  journal.exec(`DROP TRIGGER journal_not_updated; UPDATE journal SET actor = 'me' WHERE seq = 2`);
  journal.close();
  const changed = await ask('journal', 'verify');
  assert.equal(changed.code, 1);
  assert.match(changed.stderr, /^damaged: journal row 2 \(job_started\) was changed$/m);
});

test('a misspelt type of event is told from one of which there is nothing here', async (t) => {
  const { ask, submit } = await openWorld(t);
  await submit();
  const misspelt = await ask('journal', 'query', '--type', 'job_submited');
  assert.match(misspelt.stderr, /No such rows\. No row of this journal is a `job_submited`\./);
  const narrow = await ask('journal', 'query', '--type', 'job_submitted', '--job', 'job_x');
  assert.equal(narrow.code, 3);
  const early = await ask('journal', 'query', '--type', 'job_submitted', '--until', '2020-01-01');
  assert.equal(early.stderr, 'No such rows.\n');
});

test('of a damaged store doctor tells once, and what to do, and calls it no bug', async (t) => {
  const { paths, store } = await openWorld(t);
  await store.close();
  writeFileSync(paths.stateDb, 'these are words, and no database');
  const { code, stdout } = await capstan(['doctor'], { cwd: paths.root, runtime: doors.runtime });
  assert.equal(code, 1);
  assert.match(stdout, /state +.*cannot be used[^]*fix: Keep a copy/);
  assert.doesNotMatch(stdout, /Please report|queue/);
});

test('logs are found by session, call and time; what was dropped is counted', async (t) => {
  const { ask, paths } = await openWorld(t);
  const diagnostics = new Diagnostics(paths.diagnosticsDb, steppingClock());
  t.after(() => diagnostics.close());
  const line = { source: 'record', level: 'info', capability: 'speech' } as const;
  diagnostics.add({ ...line, message: 'one', session: 'wrk_1', callId: 'call_1' });
  diagnostics.add({ ...line, message: 'two', session: 'wrk_1', callId: 'call_2' });
  diagnostics.add({ source: 'stderr', message: 'three', session: 'wrk_2' });
  await diagnostics.flush();
  const found = async (...argv: string[]): Promise<string[]> => {
    const { stdout } = await ask('logs', '--json', ...argv);
    return documentIn(stdout, 'logs')['lines'].map(({ message }: { message: string }) => message);
  };
  assert.deepEqual(await found('--session', 'wrk_1'), ['one', 'two']);
  assert.deepEqual(await found('--call', 'call_2'), ['two']);
  assert.deepEqual(await found('--since', '2026-01-01'), ['one', 'two', 'three']);
  assert.deepEqual(await found('--since', '1h'), []);
  const { stdout, stderr } = await ask('logs', '--dropped');
  assert.equal(stdout, '');
  assert.equal(stderr, 'No line was dropped.\n');
  documentIn((await ask('logs', '--dropped', '--json')).stdout, 'logs-dropped');
});

test('pruning says first what would go, and then does it', async (t) => {
  const { ask, paths } = await openWorld(t);
  const diagnostics = new Diagnostics(paths.diagnosticsDb, steppingClock());
  for (let n = 0; n < 50; n++) diagnostics.add({ source: 'stdout', message: 'x'.repeat(500) });
  await diagnostics.close();
  const prune = async (...argv: string[]) =>
    documentIn((await ask('logs', 'prune', '--json', ...argv)).stdout, 'logs-prune');
  assert.equal((await prune('--dry-run')).lines, 0);
  const plan = await prune('--dry-run', '--older-than', '1h');
  assert.equal(plan['lines'], 50);
  assert.equal((await prune('--older-than', '1h')).lines, 50);
  assert.match((await ask('logs', 'prune', '--older-than', '1h')).stdout, /nothing to remove/);
});

test('a wait for what is over opens no host: it prints the result and ends as the job did', async (t) => {
  const { ask, store, submit } = await openWorld(t);
  const good = await submit();
  const bad = await submit();
  await finish(store, good, completed('the text'));
  await finish(store, bad, failed('no such voice'));
  assert.deepEqual(await ask('wait', good), { code: 0, stdout: 'the text\n', stderr: '' });
  const failure = await ask('wait', bad);
  assert.equal(failure.code, 1);
  assert.equal(failure.stdout, '');
  assert.match(failure.stderr, /failed: no such voice[^]*TOOL_BROKE[^]*capstan job/);
  const both = await ask('wait', good, bad, good);
  assert.equal(both.code, 1);
  assert.match(
    both.stdout,
    /completed +speech\.transcribe +the text\n.*failed +speech\.transcribe +no such voice/,
  );
  assert.equal(
    documentIn((await ask('wait', good, '--json')).stdout, 'wait')['jobs'][0].result,
    'the text',
  );
  assert.equal((await ask('wait', 'job_nope')).code, 3);
});
