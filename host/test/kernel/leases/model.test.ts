import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Model } from './model.ts';
import { problemsIn } from './report.ts';

test('ten thousand random steps of the leases agree with what is true', () => {
  const report = new Model({ seed: 7 }).run(10_000);
  assert.deepEqual(problemsIn(report), {}, report.firstProblem ?? '');
  assert.ok(report.grants > 200 && report.refusedWrites > 200, JSON.stringify(report));
});

test('the same steps without fencing come to stale writes', () => {
  const report = new Model({ seed: 7, unfenced: true }).run(3_000);
  assert.deepEqual(Object.keys(problemsIn(report)), ['staleWrites']);
});
