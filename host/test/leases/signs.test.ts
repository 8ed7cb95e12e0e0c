import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leaseSigns } from '../../src/leases/evidence/index.ts';
import type { LoggedEvent } from '../../src/leases/service.ts';

const lease = {
  id: 'lse_1',
  acquiredAt: '2026-01-01T00:00:00.000Z',
  acquiredMs: 1000,
  renewedMs: 5000,
  termMs: 60_000,
  progress: { count: 3, lastMs: 9000 },
};
const guarded: LoggedEvent = {
  seq: 7,
  at: '2026-01-01T00:00:08.000Z',
  bootId: 'boot',
  bootMs: 9000,
  type: 'guarded',
  leaseId: 'lse_1',
  payload: { token: 1, what: null },
};

test('what changed under a lease is known after a compaction too, and at the same time', () => {
  const change = (log: LoggedEvent[]) => leaseSigns(lease, log).find(({ isChange }) => isChange);
  assert.equal(change([guarded])?.atMs, Date.parse(guarded.at));
  assert.equal(change([])?.atMs, Date.parse(guarded.at));
  assert.match(change([])?.what ?? '', /the last of 3 guarded writes/);
});
