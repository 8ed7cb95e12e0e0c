import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { doors } from '../../src/cli/runtime.ts';
import {
  completed,
  jobSpec,
  nodeSpec,
  openStore,
  runSpec,
  temporaryWorkspace,
} from '../stores/workspace.ts';
import { documentIn } from './documents.ts';
import { type Answer, capstan } from './fake-io.ts';

const minute = 60_000;

/** A workspace in a repository, with real stores, asked at any time. */
async function openWorld(t: TestContext, declaration = 'capabilities: []\n') {
  const paths = temporaryWorkspace(t);
  const root = realpathSync(paths.root);
  writeFileSync(join(root, 'capstan.yaml'), declaration);
  const env = { PATH: process.env['PATH'], HOME: root, XDG_DATA_HOME: join(root, '.data') };
  const git = (atMs: number, ...args: string[]): void => {
    const date = `${Math.floor(atMs / 1000)} +0000`;
    const dates = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      cwd: root,
      env: { ...env, ...dates },
    });
  };
  const commit = (path: string, atMs: number): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), String(atMs));
    git(atMs, 'add', path);
    git(atMs, 'commit', '-q', '-m', path);
  };
  const askAt = (nowMs: number, ...argv: string[]): Promise<Answer> =>
    capstan(argv, { cwd: root, env, nowMs, view: doors.view });
  const acquire = async (...claims: string[]) => {
    const { code, stdout, stderr } = await askAt(
      Date.now(),
      'lease',
      'acquire',
      '--holder',
      'anna',
      '--json',
      '--term',
      '5h',
      ...claims,
    );
    assert.equal(code, 0, stderr);
    const { id, secret, lease } = JSON.parse(stdout) as {
      id: string;
      secret: string;
      lease: { acquiredAt: string };
    };
    return { id, secret, sinceMs: Date.parse(lease.acquiredAt) };
  };
  git(Date.now(), 'init', '-q', '-b', 'main');
  return { paths, root, askAt, acquire, commit };
}

const isVerdict = (answer: Answer, verdict: string, code: number): void => {
  assert.equal(answer.code, code, answer.stdout + answer.stderr);
  assert.match(answer.stdout, new RegExp(`^${verdict}: `));
};

test('a lease is young, then silent, and a commit to its region is advance', async (t) => {
  const { askAt, acquire, commit } = await openWorld(t);
  const { id, sinceMs } = await acquire('--region', 'src/**');
  isVerdict(await askAt(sinceMs + minute, 'liveness', id), 'advancing', 0);
  const silent = await askAt(sinceMs + 16 * minute, 'liveness', id);
  isVerdict(silent, 'stalled', 4);
  assert.match(silent.stdout, /Nothing was heard of it for 16 min, and 15 min is silence/);
  commit('docs/beside', sinceMs + 10 * minute);
  isVerdict(await askAt(sinceMs + 16 * minute, 'liveness', id), 'stalled', 4);
  commit('src/a', sinceMs + 10 * minute);
  const advancing = await askAt(sinceMs + 16 * minute, 'liveness', id);
  isVerdict(advancing, 'advancing', 0);
  assert.match(advancing.stdout, /Commit \w{9} to src\/a, 6 min/);
  isVerdict(await askAt(sinceMs + 80 * minute, 'liveness', id), 'stalled', 4);
});

test('a commit from the future makes nothing live, and is told of', async (t) => {
  const { askAt, acquire, commit } = await openWorld(t);
  const { id, sinceMs } = await acquire('--region', 'src/**');
  commit('src/a', sinceMs + 60 * minute);
  const answer = await askAt(sinceMs + 20 * minute, 'liveness', id);
  isVerdict(answer, 'stalled', 4);
  assert.match(answer.stdout, /left out: 1 dated in the future/);
});

test('the windows are those of capstan.yaml, and renewals without a change are spinning', async (t) => {
  const { root, askAt, acquire } = await openWorld(
    t,
    'liveness: { young: 1s, silence: 10m, spinning: 20m }\n',
  );
  const { id, secret, sinceMs } = await acquire('--region', 'src/**');
  writeFileSync(join(root, 'secret'), secret);
  const renewed = await askAt(
    Date.now(),
    'lease',
    'renew',
    id,
    '--secret-file',
    join(root, 'secret'),
  );
  assert.equal(renewed.code, 0, renewed.stderr);
  const answer = await askAt(sinceMs + 5 * minute, 'liveness', id, '--json');
  assert.equal(answer.code, 5);
  const document = documentIn(answer.stdout, 'liveness');
  assert.equal(document['verdict'], 'spinning');
  assert.deepEqual(document['windows'], {
    youngMs: 1_000,
    silenceMs: 10 * minute,
    spinningMs: 20 * minute,
  });
  assert.match(document['evidence'][0].what, /^its lease was renewed/);
  assert.match(document['reason'], /nothing has changed in all of its/);
  isVerdict(await askAt(sinceMs + 11 * minute, 'liveness', id), 'stalled', 4);
});

test('a part that was granted is advance, and a lease of a neighbour says nothing', async (t) => {
  const { root, askAt, acquire } = await openWorld(t, 'liveness: { young: 1s }\n');
  const { id, secret, sinceMs } = await acquire('--region', 'src/**');
  await acquire('--region', 'docs/**');
  isVerdict(await askAt(sinceMs + 5 * minute, 'liveness', id), 'spinning', 5);
  writeFileSync(join(root, 'secret'), secret);
  await acquire(
    '--region',
    'src/api',
    '--parent',
    id,
    '--parent-secret-file',
    join(root, 'secret'),
  );
  const answer = await askAt(sinceMs + 5 * minute, 'liveness', id);
  isVerdict(answer, 'advancing', 0);
  assert.match(answer.stdout, /A part of it was granted as lse_/);
});

test('a lease that is over has stalled, and one that never was is not found', async (t) => {
  const { root, askAt, acquire } = await openWorld(t);
  const { id, secret, sinceMs } = await acquire('--name', 'deploy');
  writeFileSync(join(root, 'secret'), secret);
  assert.equal(
    (await askAt(sinceMs, 'lease', 'release', id, '--secret-file', join(root, 'secret'))).code,
    0,
  );
  const over = await askAt(sinceMs + minute, 'liveness', id);
  isVerdict(over, 'stalled', 4);
  assert.match(over.stdout, /It is over: .*released/);
  for (const [unknown, code, said] of [
    ['lse_nobody', 3, /LEASE_NOT_FOUND/],
    ['job_nobody', 3, /JOB_NOT_FOUND/],
    ['run_nobody', 3, /JOB_NOT_FOUND/],
    ['nobody', 2, /lse_…[^]*USAGE/],
    ['', 2, /USAGE/],
  ] as const) {
    const answer = await askAt(sinceMs, 'liveness', unknown);
    assert.deepEqual([answer.code, answer.stdout], [code, ''], unknown);
    assert.match(answer.stderr, said);
  }
});

test('where the process of a lease is gone it has stalled, whatever was committed', async (t) => {
  const { askAt, acquire, commit } = await openWorld(t);
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  const { id, sinceMs } = await acquire('--region', 'src/**', '--pid', String(child.pid));
  commit('src/a', sinceMs + 1_000);
  isVerdict(await askAt(sinceMs + minute, 'liveness', id), 'advancing', 0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  isVerdict(await askAt(sinceMs + minute, 'liveness', id), 'stalled', 4);
});

test('without a repository what is not known is said, and the rest decides', async (t) => {
  const paths = temporaryWorkspace(t);
  writeFileSync(join(paths.root, 'capstan.yaml'), 'capabilities: []\n');
  const env = {
    PATH: process.env['PATH'],
    HOME: paths.root,
    XDG_DATA_HOME: join(paths.root, '.data'),
  };
  const ask = (...argv: string[]): Promise<Answer> =>
    capstan(argv, { cwd: paths.root, env, nowMs: Date.now() + 1_000, view: doors.view });
  const { stdout } = await ask('lease', 'acquire', '--holder', 'anna', '--region', 'src', '--json');
  const { id } = JSON.parse(stdout) as { id: string };
  const answer = await ask('liveness', id);
  isVerdict(answer, 'advancing', 0);
  assert.match(answer.stdout, /not known: commits in .*not a git repository/);
});

test('a job and a run go by their journal: what was done, by what a worker said, and how it ended', async (t) => {
  const { paths, askAt } = await openWorld(t);
  const { store } = await openStore(t, paths);
  const [job] = await store.submitJobs([jobSpec()]);
  assert.ok(job);
  const run = await store.submitRun(runSpec([nodeSpec('one'), nodeSpec('two', ['one'])]));
  const nowMs = Date.UTC(2026, 0, 1, 0, 1);
  const waiting = await askAt(nowMs, 'liveness', job.jobId);
  isVerdict(waiting, 'advancing', 0);
  assert.match(waiting.stdout, /It has not begun\. It is .* old, which is too young to tell/);
  const started = await store.startAttempt(job.jobId, 'call_1');
  assert.ok(started.kind === 'started');
  const gone = await askAt(nowMs, 'liveness', job.jobId);
  isVerdict(gone, 'stalled', 4);
  assert.match(gone.stdout, /No host is up to go on with it/);
  await store.finishAttempt(job.jobId, started.attempt, completed('done'));
  const over = await askAt(nowMs, 'liveness', job.jobId, '--json');
  assert.equal(over.code, 4);
  assert.equal(documentIn(over.stdout, 'liveness')['ended'].how, 'completed');
  const stalled = await askAt(nowMs, 'liveness', run.runId);
  isVerdict(stalled, 'stalled', 4);
});
