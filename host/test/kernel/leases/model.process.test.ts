import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { Model } from './model.ts';
import { problemsIn } from './report.ts';

/** `node bench/lease-model.ts` makes a hundred times as many. */
const most = { steps: 1_000_000, ms: 10_000 };

test('a million random steps of the leases, or as many as ten seconds are for, agree with what is true', () => {
  const model = new Model({ seed: 11 });
  const from = performance.now();
  let report = model.run(20_000);
  while (report.steps < most.steps && performance.now() - from < most.ms)
    report = model.run(20_000);
  assert.deepEqual(problemsIn(report), {}, report.firstProblem ?? '');
  assert.ok(report.reboots > 0 && report.compactions > 0 && report.crashes > 0);
});
