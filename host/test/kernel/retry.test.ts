import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  dueInMs,
  type FailedAttempt,
  isExpired,
  nextRetry,
  pauseMs,
  retryDefaults,
  type RetryPolicy,
} from '../../src/kernel/index.ts';

const attempt = (over: Partial<FailedAttempt> = {}): FailedAttempt => ({
  policy: { attempts: 3 },
  effects: 'idempotent',
  failure: { retriable: true, isToolsAnswer: true },
  failures: 1,
  leftMs: null,
  seed: 'job_a',
  ...over,
});
const whyFinal = (over: Partial<FailedAttempt>): string => {
  const decision = nextRetry(attempt(over));
  return decision.kind === 'final' ? decision.because : decision.kind;
};

test('a failure that may pass is tried again, one that may not is final', () => {
  assert.equal(nextRetry(attempt()).kind, 'retrying');
  const failure = { retriable: false, isToolsAnswer: true };
  assert.equal(whyFinal({ failure }), 'not_retriable');
});

test('without a policy, or when its attempts are used up, a failure is final', () => {
  assert.equal(whyFinal({ policy: null }), 'no_policy');
  assert.equal(whyFinal({ failures: 2 }), 'retrying');
  assert.equal(whyFinal({ failures: 3 }), 'exhausted');
  assert.equal(whyFinal({ policy: { attempts: 1 } }), 'exhausted');
});

test('an unsafe action is tried again only where the tool itself said so', () => {
  const lost = { retriable: true, isToolsAnswer: false };
  assert.equal(whyFinal({ effects: 'unsafe' }), 'retrying');
  assert.equal(whyFinal({ effects: 'unsafe', failure: lost }), 'unsafe');
  assert.equal(whyFinal({ effects: 'idempotent', failure: lost }), 'retrying');
});

test('a pause that would outlast the time of the job is not begun', () => {
  const policy = { attempts: 3, backoffMs: 100, jitter: 0 };
  assert.equal(whyFinal({ policy, leftMs: 100 }), 'no_time');
  assert.deepEqual(nextRetry(attempt({ policy, leftMs: 101 })), { kind: 'retrying', delayMs: 100 });
});

test('pauses grow by the factor up to the most there may be', () => {
  const policy = { attempts: 9, backoffMs: 100, factor: 3, maxBackoffMs: 1_000, jitter: 0 };
  const pauses = [1, 2, 3, 4].map((n) => pauseMs(policy, n, 'job_a'));
  assert.deepEqual(pauses, [100, 300, 900, 1_000]);
});

const policies: fc.Arbitrary<RetryPolicy> = fc.record(
  {
    attempts: fc.integer({ min: 1, max: 100 }),
    backoffMs: fc.integer({ min: 0, max: 1e7 }),
    factor: fc.double({ min: 1, max: 100, noNaN: true }),
    maxBackoffMs: fc.integer({ min: 0, max: 1e7 }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  },
  { requiredKeys: ['attempts'] },
);

test('a pause is whole, never shorter than the back-off and never longer than its jitter allows', () => {
  const within = (policy: RetryPolicy, n: number, seed: string): void => {
    const { backoffMs, factor, maxBackoffMs, jitter } = { ...retryDefaults, ...policy };
    const least = Math.min(backoffMs * factor ** (n - 1), maxBackoffMs);
    const pause = pauseMs(policy, n, seed);
    assert.ok(Number.isSafeInteger(pause), `${pause} is whole`);
    assert.ok(pause >= Math.round(least) && pause <= Math.round(least * (1 + jitter)), `${pause}`);
    assert.equal(pauseMs(policy, n, seed), pause, 'the same facts give the same pause');
  };
  fc.assert(fc.property(policies, fc.integer({ min: 1, max: 100 }), fc.string(), within), {
    numRuns: 2_000,
  });
});

test("a tool's wish to wait longer is honoured, one to wait shorter is not", () => {
  const honoured = (policy: RetryPolicy, retryAfterMs: number): void => {
    const failure = { retriable: true, isToolsAnswer: true, retryAfterMs };
    const decision = nextRetry(attempt({ policy, failure }));
    if (policy.attempts === 1) return assert.equal(decision.kind, 'final');
    assert.ok(decision.kind === 'retrying');
    assert.equal(decision.delayMs, Math.max(retryAfterMs, pauseMs(policy, 1, 'job_a')));
  };
  fc.assert(fc.property(policies, fc.integer({ min: 0, max: 1e8 }), honoured));
});

test('jobs that failed together do not come back together', () => {
  const policy = { attempts: 3, backoffMs: 1_000, jitter: 0.5 };
  const pauses = Array.from({ length: 1_000 }, (_, n) => pauseMs(policy, 1, `job_${n}`));
  assert.ok(new Set(pauses).size > 300, 'many different pauses');
  const mean = pauses.reduce((sum, each) => sum + each, 0) / pauses.length;
  assert.ok(mean > 1_225 && mean < 1_275, `evenly spread over the jitter: ${mean}`);
});

test('a delayed job waits for the rest of its delay, and never longer than the whole', () => {
  assert.equal(dueInMs(1_500, 500, 1_000), 500);
  assert.equal(dueInMs(1_500, 500, 1_200), 300);
  assert.equal(dueInMs(1_500, 500, 9_000), 0);
  assert.equal(dueInMs(1_500, 500, 0), 500, 'the clock was set back');
  const bounded = (notBefore: number, delayMs: number, nowMs: number): void => {
    const due = dueInMs(notBefore, delayMs, nowMs);
    assert.ok(due >= 0 && due <= delayMs);
  };
  fc.assert(fc.property(fc.integer(), fc.nat(), fc.integer(), bounded));
});

test('a job is expired from the very moment at which it had to be over', () => {
  assert.equal(isExpired(null, 5), false);
  assert.equal(isExpired(5, 4), false);
  assert.equal(isExpired(5, 5), true);
});
