import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Scene } from '../../src/cli/commands/resume/scene.ts';
import { isAtRest } from '../../src/cli/commands/resume/unfinished.ts';
import type { HostEvent } from '../../src/cli/runtime.ts';
import { WorkspaceView } from '../../src/workspace-view.ts';
import { documentIn } from './documents.ts';
import { at, ms } from './events.ts';
import { capstan, type Surroundings } from './fake-io.ts';

const workspace = fileURLToPath(new URL('../fixtures/cli/tools', import.meta.url));

let seq = 0;
const jobEvent = (type: string, jobId: string, payload: object = {}, runId?: string): HostEvent =>
  ({ type, seq: seq++, ts: at(1), jobId, capability: 'tools', payload, runId }) as HostEvent;

const ends = (state: string, jobId: string): HostEvent =>
  jobEvent('job_finished', jobId, { state, error: { message: 'why' } });

test('of jobs outside of runs those that run or went wrong are shown, the others are counted', () => {
  const told: string[] = [];
  const scene = new Scene(
    () => ms(2),
    (_, after) => told.push(...after.nodes.map(({ id, state }) => `${id} ${state}`)),
  );
  scene.event(jobEvent('job_submitted', 'job_1'));
  assert.equal(scene.trees.length, 0, 'what stands in line is not shown');
  scene.event(jobEvent('job_started', 'job_1', { attempt: 1 }));
  scene.event(jobEvent('job_started', 'job_2', { attempt: 1 }, 'a label, no run'));
  assert.deepEqual(
    scene.trees[0]?.nodes.map(({ id, state }) => [id, state]),
    [
      ['job_1', 'running'],
      ['job_2', 'running'],
    ],
  );
  scene.event(ends('completed', 'job_1'));
  scene.event(ends('failed', 'job_2'));
  assert.deepEqual(
    scene.trees[0]?.nodes.map(({ id, state, message }) => [id, state, message]),
    [['job_2', 'failed', 'why']],
  );
  assert.deepEqual(scene.ended, { completed: 1, failed: 1, cancelled: 0, needs_decision: 0 });
  assert.ok(told.includes('job_1 completed'), 'that one ended was told before it was taken away');
});

test('a hundred thousand jobs are shown in no more room than some', () => {
  const scene = new Scene(
    () => ms(2),
    () => {},
  );
  for (let i = 0; i < 1_000; i++) {
    scene.event(jobEvent('job_started', `job_${i}`, { attempt: 1 }));
    scene.event(ends('failed', `job_${i}`));
  }
  assert.equal(scene.ended.failed, 1_000);
  assert.ok((scene.trees[0]?.nodes.length ?? 0) <= 100);
});

test('what waits for a disabled instance does not keep anybody waiting', () => {
  assert.ok(isAtRest({ open: 0, held: [] }));
  assert.ok(!isAtRest({ open: 1, held: [] }));
  assert.ok(isAtRest({ open: 3, held: [{ instance: 'speech', jobs: 3 }] }));
  assert.ok(!isAtRest({ open: 4, held: [{ instance: 'speech', jobs: 3 }] }));
});

const tally = { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0, needs_decision: 0 };

function stores(some: {
  decisions?: object[];
  disabled?: string[];
  pending?: number;
}): Surroundings {
  const byState = { ...tally, pending: some.pending ?? 0 };
  const state = {
    journal: () => [],
    runs: () => [],
    history: () => ({ jobs: some.decisions ?? [], next: null }),
    disabledInstances: () => some.disabled ?? [],
    jobStats: () => ({ byState, byCapability: { speech: byState } }),
  };
  const view = new WorkspaceView({ state, diagnostics: {}, close: () => {} } as never);
  return { view: () => Promise.resolve({ openReader: () => view }) };
}

test('where nothing is unfinished resume says so, and no host is opened', async () => {
  const { code, stdout, stderr } = await capstan(['resume', '-C', workspace], stores({}));
  assert.equal(code, 0);
  assert.equal(stdout, 'Nothing is unfinished here.\n');
  assert.equal(stderr, '');
  const json = await capstan(['resume', '-C', workspace, '--json'], stores({}));
  assert.deepEqual(documentIn(json.stdout, 'resume')['runs'], []);
});

test('resume tells of what cannot go on by itself, with what to type', async () => {
  const decision = { jobId: 'job_7', capability: 'mail', action: 'send', runId: null };
  const world = stores({ decisions: [decision], disabled: ['speech'], pending: 4 });
  const { code, stderr } = await capstan(['resume', '-C', workspace], world);
  assert.equal(code, 0);
  assert.match(stderr, /job_7 \(mail\.send\) was cut off[^]*capstan decide job_7 rerun/);
  assert.match(stderr, /4 wait for speech, which is disabled: `capstan enable speech`/);
});

test('a definition is about one run, and the id of a job is none', async () => {
  const none = await capstan(['resume', '--with-definition', 'new', '-C', workspace]);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /none is named[^]*capstan resume <run> --with-definition new/);
  for (const argv of [
    ['resume', 'job_1'],
    ['retry', 'job_1'],
  ]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other reads better
    const { code, stderr } = await capstan([...argv, '-C', workspace]);
    assert.equal(code, 3);
    assert.match(stderr, /job_1 is a job, not a run[^]*capstan job job_1/);
  }
});
