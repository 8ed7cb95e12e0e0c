import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  cancel,
  cancelPhase,
  decide,
  expire,
  finish,
  type Job,
  recover,
  reorder,
  start,
  type Surroundings,
} from '../../src/kernel/index.ts';

const job = (over: Partial<Job> = {}): Job => ({
  state: 'pending',
  effects: 'idempotent',
  attempt: 0,
  cancelRequested: false,
  ...over,
});
const running = (over: Partial<Job> = {}): Job => job({ state: 'running', attempt: 1, ...over });

test('a pending job starts its next attempt, any other is refused', () => {
  assert.deepEqual(start(job({ attempt: 2 })), { kind: 'started', attempt: 3 });
  assert.deepEqual(start(running()), { kind: 'refused', state: 'running' });
  assert.deepEqual(start(job({ state: 'cancelled' })), { kind: 'refused', state: 'cancelled' });
});

test('an answer of an earlier attempt is late', () => {
  assert.deepEqual(finish(running({ attempt: 2 }), 1, 'completed'), { kind: 'late' });
  assert.deepEqual(finish(job({ attempt: 1 }), 1, 'completed'), { kind: 'late' });
});

test('a job whose cancel was accepted ends as cancelled however its attempt ended', () => {
  for (const outcome of ['completed', 'failed', 'cancelled'] as const) {
    const decision = finish(running({ cancelRequested: true }), 1, outcome);
    assert.deepEqual(decision, { kind: 'finished', state: 'cancelled' });
  }
});

test('a cancel ends what does not run, aborts what runs, and leaves what is over', () => {
  assert.deepEqual(cancel(job()), { kind: 'cancelled' });
  assert.deepEqual(cancel(job({ state: 'needs_decision' })), { kind: 'cancelled' });
  assert.deepEqual(cancel(running()), { kind: 'aborting', alreadyRequested: false });
  assert.deepEqual(cancel(job({ state: 'failed' })), { kind: 'over', state: 'failed' });
});

test('an interrupted unsafe attempt waits for a person', () => {
  const decision = recover(running({ effects: 'unsafe' }), 0, 20);
  assert.equal(decision.kind, 'needs_decision');
});

test('an interrupted attempt that may be repeated is, until it was interrupted too often', () => {
  assert.deepEqual(recover(running(), 18, 20), { kind: 'rerun' });
  assert.equal(recover(running(), 19, 20).kind, 'needs_decision');
});

test('an interrupted attempt that was being cancelled is cancelled, even if unsafe', () => {
  const decision = recover(running({ effects: 'unsafe', cancelRequested: true }), 0, 20);
  assert.deepEqual(decision, { kind: 'cancelled' });
});

test('only a job that needs a decision can be decided', () => {
  const parked = job({ state: 'needs_decision', attempt: 1 });
  assert.deepEqual(decide(parked, 'rerun'), { kind: 'rerun' });
  assert.deepEqual(decide(parked, 'fail'), { kind: 'failed' });
  assert.deepEqual(decide(running(), 'rerun'), { kind: 'refused', state: 'running' });
});

test('the phases of a cancel only go forward, and only while the job runs', () => {
  const cancelled = running({ cancelRequested: true });
  const phases = [null, 'cooperative', 'force', 'done'] as const;
  for (const [at, from] of phases.entries()) {
    for (const [next, to] of phases.entries()) {
      if (to === null) continue;
      const decision = cancelPhase({ ...cancelled, cancelPhase: from }, to);
      assert.deepEqual(decision, next > at ? { kind: 'moved', from, to } : { kind: 'late' });
    }
  }
  const late = { kind: 'late' };
  assert.deepEqual(cancelPhase({ ...running(), cancelPhase: null }, 'force'), late);
  const over = { ...cancelled, state: 'cancelled', cancelPhase: 'cooperative' } as const;
  assert.deepEqual(cancelPhase(over, 'force'), late);
});

test('only a waiting job expires, when its time is over', () => {
  assert.deepEqual(expire(job(), 1_000, 999), { kind: 'untouched' });
  assert.deepEqual(expire(job(), 1_000, 1_000), { kind: 'expired' });
  assert.deepEqual(expire(job(), null, 1_000), { kind: 'untouched' });
  assert.deepEqual(expire(running(), 1_000, 1_000), { kind: 'untouched' });
  assert.deepEqual(expire(job({ state: 'needs_decision' }), 1, 2), { kind: 'untouched' });
});

test('only a waiting job is moved in line, before all others or behind them', () => {
  const line: Surroundings = { highest: 7, lowest: 2, isFirst: false, isLast: false };
  const moved = (priority: number) => ({ kind: 'moved', priority });
  assert.deepEqual(reorder(job(), 5, { priority: 6 }, line), moved(6));
  assert.deepEqual(reorder(job(), 5, { priority: 5 }, line), { kind: 'unchanged' });
  assert.deepEqual(reorder(job(), 5, { to: 'first' }, line), moved(8));
  assert.deepEqual(reorder(job(), 5, { to: 'last' }, line), moved(1));
  const first = { ...line, isFirst: true };
  assert.deepEqual(reorder(job(), 9, { to: 'first' }, first), { kind: 'unchanged' });
  assert.deepEqual(reorder(running(), 5, { to: 'first' }, line), {
    kind: 'refused',
    state: 'running',
  });
});

/** Plays decisions on a job as the store does, and counts its ends and the starts of each attempt. */
function play(
  effects: Job['effects'],
  moves: readonly string[],
): { ends: number; starts: number[] } {
  const it = job({ effects });
  const starts: number[] = [];
  let ends = 0;
  const end = (state: Job['state']): void => {
    it.state = state;
    ends += 1;
  };
  for (const move of moves) {
    if (move === 'start') {
      const decision = start(it);
      if (decision.kind === 'refused') continue;
      Object.assign(it, { state: 'running', attempt: decision.attempt });
      starts.push(decision.attempt);
    } else if (move === 'cancel') {
      const decision = cancel(it);
      if (decision.kind === 'cancelled') end('cancelled');
      if (decision.kind === 'aborting') it.cancelRequested = true;
    } else if (move === 'crash') {
      const decision = recover(it, 0, 20);
      if (decision.kind === 'rerun') it.state = 'pending';
      if (decision.kind === 'needs_decision') it.state = 'needs_decision';
      if (decision.kind === 'cancelled') end('cancelled');
    } else {
      const decision = finish(it, move === 'late' ? it.attempt - 1 : it.attempt, 'completed');
      if (decision.kind === 'finished') end(decision.state);
    }
  }
  return { ends, starts };
}

const moves = fc.array(fc.constantFrom('start', 'finish', 'late', 'cancel', 'crash'), {
  maxLength: 40,
});

test('whatever happens in whatever order, a job ends at most once', () => {
  fc.assert(
    fc.property(fc.constantFrom('pure', 'idempotent', 'unsafe'), moves, (effects, list) => {
      const { ends, starts } = play(effects, list);
      assert.ok(ends <= 1, `${ends} ends`);
      assert.deepEqual(
        starts,
        starts.map((_, index) => index + 1),
        'attempts count up from 1',
      );
      if (effects === 'unsafe') assert.ok(starts.length <= 1, 'unsafe started once');
    }),
    { numRuns: 1_000 },
  );
});
