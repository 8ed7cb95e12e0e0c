import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Reader } from '../../src/stores/index.ts';
import { temporaryWorkspace } from '../stores/workspace.ts';

const host = join(import.meta.dirname, '../fixtures/queue/works-until-killed.ts');

/** Runs the host, kills it a random while after it is ready, and returns what it acknowledged. */
async function acknowledgedUntilKilled(
  t: TestContext,
  root: string,
  mode: string,
): Promise<string[]> {
  const child = spawn(process.execPath, [host, root, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  const acknowledged: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('ack ')) acknowledged.push(line.slice(4));
    // The moment of the kill is what is tested; that it is random is the point.
    else void pause(Math.random() * 120).then(() => child.kill('SIGKILL'));
  }
  const [code, signal] = (await exited) as [number | null, string | null];
  assert.deepEqual([code, signal], [null, 'SIGKILL'], 'the host ended by our hand only');
  return acknowledged;
}

async function finishAll(t: TestContext, root: string): Promise<void> {
  const child = spawn(process.execPath, [host, root, 'finish'], { stdio: 'inherit' });
  t.after(() => child.kill('SIGKILL'));
  const [code] = (await once(child, 'exit')) as [number | null];
  assert.equal(code, 0);
}

/** How often each job was executed. */
function executions(root: string): Map<string, number> {
  const counts = new Map<string, number>();
  const log = join(root, 'effects.log');
  if (!existsSync(log)) return counts;
  for (const jobId of readFileSync(log, 'utf8').split('\n').filter(Boolean)) {
    counts.set(jobId, (counts.get(jobId) ?? 0) + 1);
  }
  return counts;
}

const lost = (reader: Reader, acknowledged: readonly string[]): string[] =>
  acknowledged.filter((id) => (reader.job(id) ?? reader.run(id)) === null);

test('of a host killed thirty times no accepted job is lost, none ends twice, no unsafe one is repeated', async (t) => {
  const paths = temporaryWorkspace(t);
  const acknowledged: string[] = [];
  for (let round = 0; round < 30; round++) {
    acknowledged.push(...(await acknowledgedUntilKilled(t, paths.root, 'submit')));
    const reader = Reader.openState(paths.stateDb);
    assert.deepEqual(lost(reader, acknowledged), [], `after round ${round}`);
    reader.close();
  }
  // Whatever ended before the last start must not be executed by it.
  const before = executions(paths.root);
  const endedBefore = endedJobs(paths.stateDb);
  await finishAll(t, paths.root);

  const reader = Reader.openState(paths.stateDb);
  t.after(() => reader.close());
  const after = executions(paths.root);
  for (const jobId of endedBefore) assert.equal(after.get(jobId), before.get(jobId), jobId);
  const jobs = reader.jobs({ limit: 1_000_000 });
  assert.ok(acknowledged.length > 100 && jobs.length >= acknowledged.length);
  for (const job of jobs) {
    const expected = job.effects === 'unsafe' ? ['completed', 'needs_decision'] : ['completed'];
    assert.ok(expected.includes(job.state), `${job.jobId} (${job.effects}) is ${job.state}`);
    if (job.effects === 'unsafe')
      assert.ok((after.get(job.jobId) ?? 0) <= 1, `${job.jobId} ran twice`);
  }
  for (const run of reader.runs({ limit: 1_000_000 })) assert.equal(run.state, 'completed');
  const ends = reader.journal({ eventType: 'job_finished', limit: 1_000_000 });
  assert.equal(new Set(ends.map(({ jobId }) => jobId)).size, ends.length, 'one end per job');
  const interrupted = reader.journal({ eventType: 'job_interrupted', limit: 1_000_000 });
  assert.ok(interrupted.length > 0, 'some attempts were cut off, or this tested nothing');
  assert.deepEqual((await reader.verifyJournal()).problems, []);
});

function endedJobs(stateDb: string): string[] {
  const reader = Reader.openState(stateDb);
  const ended = reader.jobs({ state: 'completed', limit: 1_000_000 });
  reader.close();
  return ended.map(({ jobId }) => jobId);
}

test('the harness catches a host that acknowledges before it has written', async (t) => {
  const paths = temporaryWorkspace(t);
  const acknowledged = await acknowledgedUntilKilled(t, paths.root, 'boasts');
  const reader = Reader.openState(paths.stateDb);
  t.after(() => reader.close());
  assert.notDeepEqual(lost(reader, acknowledged), []);
});
