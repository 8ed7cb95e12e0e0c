import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JobState } from '../../src/kernel/index.ts';
import { type AttemptOutcome, type JobSpec, StateStore } from '../../src/stores/index.ts';
import { completed, failed, jobSpec, temporaryWorkspace, wireError } from './workspace.ts';

/*
 * Random histories, played on the store and on a model of it that is as plain as can be: a few lines for
 * each act, with no journal and no table. After each act both have to say the same of every job; at the
 * end the journal has to tell a legal life of each, with one end at most, and the tables have to be what
 * its replay gives.
 */

interface Modelled {
  jobId: string;
  spec: JobSpec;
  state: JobState;
  attempt: number;
  failures: number;
  cancelPhase: string | null;
  priority: number;
  expiresAtMs: number;
}

type Outcome = 'completed' | 'failed' | 'busy' | 'lost' | 'cancelled';
type Act = ActOnJob | ActOnAll;
type ActOnAll =
  | { act: 'submit'; spec: Partial<JobSpec> }
  | { act: 'recover' | 'expire' }
  | { act: 'pass'; ms: number };
/** `pick` says which of the jobs there are. */
type ActOnJob =
  | { act: 'start' | 'cancel' | 'force'; pick: number }
  | { act: 'finish'; pick: number; outcome: Outcome; isStale: boolean }
  | { act: 'decide'; pick: number; decision: 'rerun' | 'fail' }
  | { act: 'reorder'; pick: number; priority: number };

const pick = fc.nat(5);
const one = <Name extends Act['act']>(act: Name) => fc.constant(act);
const spec = fc.record(
  {
    effects: fc.constantFrom('pure', 'idempotent', 'unsafe'),
    priority: fc.nat(5),
    withinMs: fc.constantFrom(50, 400, 5_000),
    retry: fc.record({ attempts: fc.integer({ min: 1, max: 3 }), backoffMs: fc.nat(100) }),
  },
  { requiredKeys: ['effects'] },
) as fc.Arbitrary<Partial<JobSpec>>;
const outcome = fc.constantFrom<Outcome>(
  'completed',
  'failed',
  'busy',
  'busy',
  'lost',
  'cancelled',
);
const isStale = fc.nat(5).map((n) => n === 0);
const decision = fc.constantFrom<'rerun' | 'fail'>('rerun', 'fail');
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: one('submit'), spec }) },
  { weight: 7, arbitrary: fc.record({ act: one('start'), pick }) },
  { weight: 7, arbitrary: fc.record({ act: one('finish'), pick, outcome, isStale }) },
  { weight: 2, arbitrary: fc.record({ act: one('cancel'), pick }) },
  { weight: 1, arbitrary: fc.record({ act: one('force'), pick }) },
  { weight: 2, arbitrary: fc.record({ act: one('decide'), pick, decision }) },
  { weight: 2, arbitrary: fc.record({ act: one('reorder'), pick, priority: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constantFrom('recover', 'expire') }) },
  { weight: 3, arbitrary: fc.record({ act: one('pass'), ms: fc.constantFrom(1, 49, 50, 300) }) },
);

const outcomeOf: { [outcome in Outcome]: AttemptOutcome } = {
  completed: completed('ok'),
  failed: failed(),
  busy: { kind: 'failed', error: { ...wireError('busy'), retriable: true } },
  lost: { kind: 'failed', error: { ...wireError('gone'), code: 'WORKER_LOST', retriable: true } },
  cancelled: { kind: 'cancelled', error: { ...wireError('stopped'), category: 'cancelled' } },
};

/** What is to become of a job by an act; the time is that of the act. */
const model = {
  start(job: Modelled, nowMs: number): void {
    if (job.state !== 'pending') return;
    if (nowMs >= job.expiresAtMs) job.state = 'failed';
    else Object.assign(job, { state: 'running', attempt: job.attempt + 1 });
  },
  finish(job: Modelled, attempt: number, ended: Outcome, isRetried: boolean): void {
    if (job.state !== 'running' || job.attempt !== attempt) return;
    if (job.cancelPhase !== null) Object.assign(job, { state: 'cancelled', cancelPhase: 'done' });
    else if (isRetried) Object.assign(job, { state: 'pending', failures: job.failures + 1 });
    else if (ended === 'completed' || ended === 'cancelled') job.state = ended;
    else job.state = 'failed';
  },
  cancel(job: Modelled): void {
    if (job.state === 'running') job.cancelPhase ??= 'cooperative';
    else if (job.state === 'pending' || job.state === 'needs_decision') job.state = 'cancelled';
  },
  recover(job: Modelled): void {
    if (job.state !== 'running') return;
    if (job.cancelPhase !== null) Object.assign(job, { state: 'cancelled', cancelPhase: 'done' });
    else job.state = job.spec.effects === 'unsafe' ? 'needs_decision' : 'pending';
  },
  expire(job: Modelled, nowMs: number): void {
    if (job.state === 'pending' && nowMs >= job.expiresAtMs) job.state = 'failed';
  },
};

/** Whether an attempt that ended so may be repeated; whether there is time for it is looked up. */
function mayBeRetried({ spec: { effects, retry }, failures }: Modelled, ended: Outcome): boolean {
  if (retry === undefined || failures + 1 >= retry.attempts) return false;
  return ended === 'busy' || (ended === 'lost' && effects !== 'unsafe');
}

class World {
  nowMs = Date.UTC(2026, 0, 1);
  readonly store: StateStore;
  readonly jobs: Modelled[] = [];
  constructor(store: StateStore) {
    this.store = store;
  }

  async play(next: Act): Promise<void> {
    if (next.act === 'pass') {
      this.nowMs += next.ms;
    } else if (next.act === 'submit') {
      await this.#submit(next.spec);
    } else if (next.act === 'recover') {
      await this.store.recover();
      for (const job of this.jobs) model.recover(job);
      for (const job of this.jobs) model.expire(job, this.nowMs);
    } else if (next.act === 'expire') {
      await this.store.expireJobs();
      for (const job of this.jobs) model.expire(job, this.nowMs);
    } else if ('pick' in next) {
      const job = this.jobs[next.pick % Math.max(1, this.jobs.length)];
      if (job !== undefined) await this.#playOn(job, next);
    }
  }

  async #submit(over: Partial<JobSpec>): Promise<void> {
    const asked = jobSpec(over);
    const [job] = await this.store.submitJobs([asked]);
    assert.ok(job);
    const { priority = 0, withinMs = Number.POSITIVE_INFINITY } = asked;
    const { jobId, state, attempt, cancelPhase } = job;
    const expiresAtMs = this.nowMs + withinMs;
    const facts = { jobId, state, attempt, cancelPhase, priority, expiresAtMs };
    this.jobs.push({ spec: asked, failures: 0, ...facts });
  }

  async #playOn(job: Modelled, next: ActOnJob): Promise<void> {
    const { store } = this;
    const { jobId } = job;
    switch (next.act) {
      case 'start':
        await store.startAttempt(jobId, `call_${job.attempt}`);
        return model.start(job, this.nowMs);
      case 'finish': {
        const attempt = next.isStale ? job.attempt - 1 : job.attempt;
        const answer = await store.finishAttempt(jobId, attempt, outcomeOf[next.outcome]);
        const isRetried = answer.kind === 'retrying';
        if (isRetried) {
          assert.ok(mayBeRetried(job, next.outcome), `${next.outcome} is not to be repeated`);
          assert.ok(this.nowMs + answer.delayMs < job.expiresAtMs, 'no pause outlasts the job');
        }
        return model.finish(job, attempt, next.outcome, isRetried);
      }
      case 'cancel':
        await unless('JOB_OVER', isOver(job.state), store.cancelJob(jobId, 'no'));
        return model.cancel(job);
      case 'force':
        await store.noteCancelPhase(jobId, 'force');
        if (job.state === 'running' && job.cancelPhase !== null) job.cancelPhase = 'force';
        return;
      case 'decide': {
        const isNeeded = job.state === 'needs_decision';
        const decided = store.decideJob(jobId, next.decision, 'ada');
        await unless('DECISION_NOT_NEEDED', !isNeeded, decided);
        if (isNeeded) job.state = next.decision === 'rerun' ? 'pending' : 'failed';
        return;
      }
      case 'reorder': {
        const { priority } = next;
        const isWaiting = job.state === 'pending';
        await unless('JOB_OVER', !isWaiting, store.reorderJob(jobId, { priority }));
        if (isWaiting) job.priority = priority;
        return;
      }
    }
  }

  compare(): void {
    for (const { jobId, state, attempt, cancelPhase, priority } of this.jobs) {
      const row = this.store.reader.job(jobId);
      const found = [row?.state, row?.attempt, row?.cancelPhase, row?.priority];
      assert.deepEqual(found, [state, attempt, cancelPhase, priority], jobId);
    }
  }
}

const isOver = (state: JobState): boolean => ['completed', 'failed', 'cancelled'].includes(state);

/** It has to fail with this code in just this case. */
async function unless(code: string, isRefused: boolean, done: Promise<unknown>): Promise<void> {
  if (isRefused) await assert.rejects(done, { code });
  else await done;
}

/** The states that each event may find a job in. */
const legal: { readonly [eventType: string]: readonly string[] } = {
  job_submitted: ['none'],
  job_started: ['pending'],
  job_reordered: ['pending'],
  job_retrying: ['running'],
  job_interrupted: ['running'],
  job_cancel_requested: ['running'],
  job_cancel_phase: ['running', 'pending'],
  job_decided: ['needs_decision'],
  job_finished: ['pending', 'running', 'needs_decision'],
};

/** Follows the life of each job through the journal, by the journal alone. */
function assertLegalLives(store: StateStore): void {
  const states = new Map<string, string>();
  for (const { jobId, eventType, payload, seq } of store.reader.journal({ limit: 100_000 })) {
    if (jobId === null) continue;
    const before = states.get(jobId) ?? 'none';
    assert.ok(legal[eventType]?.includes(before), `row ${seq}: ${eventType} of a ${before} job`);
    if (eventType === 'job_submitted' || eventType === 'job_retrying') states.set(jobId, 'pending');
    if (eventType === 'job_started') states.set(jobId, 'running');
    if (eventType === 'job_interrupted') states.set(jobId, String(payload['next']));
    if (eventType === 'job_decided') states.set(jobId, 'pending');
    if (eventType === 'job_finished') states.set(jobId, String(payload['state']));
  }
}

test('whatever happens, the store does what a plain model of it does, and its journal says so', async (t) => {
  const history = async (list: Act[]): Promise<void> => {
    // One store after the other, in a folder of its own: a history begins with an empty journal.
    const paths = temporaryWorkspace(t);
    let world: World | undefined;
    const clock = { nowMs: () => world?.nowMs ?? 0, monotonicMs: () => performance.now() };
    const store = await StateStore.open({ paths, clock, reserveBytes: 0 });
    world = new World(store);
    try {
      for (const next of list) {
        // oxlint-disable-next-line no-await-in-loop -- a history is one thing after the other
        await world.play(next);
        world.compare();
      }
      assertLegalLives(store);
      assert.deepEqual((await store.reader.verifyJournal()).problems, []);
      const seq = store.reader.lastSeq();
      await store.recover();
      const once = store.reader.lastSeq();
      await store.recover();
      assert.equal(store.reader.lastSeq(), once, 'recovered twice is recovered once');
      assert.ok(once >= seq);
      assert.deepEqual((await store.reader.verifyJournal()).problems, []);
    } finally {
      await store.close();
    }
  };
  const histories = fc.array(act, { minLength: 5, maxLength: 60, size: 'max' });
  // A history that fails is shortened for so long, and no longer.
  const limits = { interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true };
  await fc.assert(fc.asyncProperty(histories, history), { numRuns: 30, ...limits });
});
