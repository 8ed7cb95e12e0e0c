import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from '../src/ids.ts';

test('ids are distinct and well formed, however many are made within one millisecond', () => {
  const ids = Array.from({ length: 2_000 }, () => newId('job', 1_764_000_000_000));
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^job_[0-9a-hjkmnp-tv-z]{18}$/);
});

test('ids sort by age', () => {
  const ids = [1_764_000_000_000, 1_764_000_000_001, 1_800_000_000_000].map((ms) =>
    newId('evt', ms),
  );
  assert.deepEqual(ids.toSorted(), ids);
});
