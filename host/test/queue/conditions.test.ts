import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostError } from '../../src/errors.ts';
import { conditionProblems } from '../../src/job-conditions.ts';
import { composition } from '../../src/compositions/index.ts';
import { assertJobSpec } from '../../src/stores/writer/operations/job-spec.ts';
import { jobSpec } from '../stores/workspace.ts';

const yearMs = 366 * 24 * 3_600_000;

/** Each condition with the least and the most that it takes, and how far beyond is already too far. */
const ranges: [name: string, least: number, most: number, step: number][] = [
  ['priority', 0, 1_000_000, 1],
  ['deadlineMs', 1, yearMs, 1],
  ['withinMs', 1, yearMs, 1],
  ['delayMs', 0, yearMs, 1],
  ['retry.attempts', 1, 100, 1],
  ['retry.backoffMs', 0, yearMs, 1],
  ['retry.factor', 1, 100, 0.5],
  ['retry.maxBackoffMs', 0, yearMs, 1],
  ['retry.jitter', 0, 1, 0.1],
];

function conditionsWith(name: string, value: number): object {
  const [, member] = name.split('.');
  return member === undefined ? { [name]: value } : { retry: { attempts: 1, [member]: value } };
}

function compose(conditions: object): void {
  const made = composition('notes');
  made.node('one', { use: 'speech', action: 'transcribe', ...conditions });
  made.build();
}

const refuses = (act: () => unknown, code: string): boolean => {
  try {
    act();
    return false;
  } catch (error) {
    assert.ok(error instanceof HostError && error.code === code, String(error));
    return true;
  }
};

for (const [name, least, most, step] of ranges) {
  test(`${name} is refused beyond the same bounds at the door, in a composition and in the store`, () => {
    const values: [value: number, isFine: boolean][] = [
      [least, true],
      [most, true],
      [least - step, false],
      [most + step, false],
    ];
    for (const [value, isFine] of values) {
      const conditions = conditionsWith(name, value);
      const request = { capability: 'speech', action: 'transcribe', ...conditions };
      const asked = conditionProblems(request).length > 0;
      const written = refuses(() => compose(conditions), 'COMPOSITION_INVALID');
      const stored = refuses(() => assertJobSpec(jobSpec(conditions)), 'INPUT_INVALID');
      assert.deepEqual([asked, written, stored], [!isFine, !isFine, !isFine], `${name} ${value}`);
    }
  });
}
