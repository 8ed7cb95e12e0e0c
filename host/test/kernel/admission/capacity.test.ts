import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  capacityFrom,
  demandOf,
  freeOf,
  shortOf,
  waitText,
} from '../../../src/kernel/admission/index.ts';
import { anyLeases, anyMachine, gib, headroom, lease, machine } from './worlds.ts';

test('what strangers use counts, what a lease uses counts once, and what it was granted counts when it is more', () => {
  const measured = machine({ total: 64, available: 34 }, [], [[7, 10, []]]);
  const leases = [lease('ours', { ram: 16 * gib }, 7)];
  const capacity = capacityFrom(measured, leases, headroom);
  // 30 GiB are in use: 10 of them by the lease, which was granted 16, and 20 by strangers.
  assert.equal(demandOf('ram', leases, capacity) / gib, 36);
  const grown = machine({ total: 64, available: 14 }, [], [[7, 30, []]]);
  assert.equal(demandOf('ram', leases, capacityFrom(grown, leases, headroom)) / gib, 50);
});

test('each GPU is counted by itself', () => {
  const measured = machine({}, [
    { total: 24, used: 20 },
    { total: 24, used: 1 },
  ]);
  const capacity = capacityFrom(measured, [], headroom);
  assert.equal(Math.round(freeOf('gpu:0/vram', [], capacity) / gib), 2);
  assert.equal(Math.round(freeOf('gpu:1/vram', [], capacity) / gib), 21);
});

test('where nobody can tell whose memory of a GPU is whose, the larger of grants and use counts', () => {
  const measured = machine({}, [{ total: 24, used: 10 }]);
  const blind = {
    ...measured,
    snapshot: {
      ...measured.snapshot,
      gpus: measured.snapshot.gpus.map((gpu) => ({ ...gpu, processes: null })),
    },
  };
  const leases = [lease('ours', { 'gpu:0/vram': 8 * gib }, 7)];
  const capacity = capacityFrom(blind, leases, headroom);
  assert.equal(capacity['gpu:0/vram']?.usedBy, null);
  assert.equal(demandOf('gpu:0/vram', leases, capacity) / gib, 10);
});

test('what a worker holds already does not stand in the way of its own next call', () => {
  const measured = machine({ available: 50 }, [{ total: 24, used: 20 }], [[7, 10, [20]]]);
  const free = (own: Parameters<typeof capacityFrom>[3]) =>
    Math.round(freeOf('gpu:0/vram', [], capacityFrom(measured, [], headroom, own)) / gib);
  assert.equal(free(null), 2);
  assert.equal(free({ pid: 7, presumed: {} }), 22);
});

test('in any world, more that is granted never leaves more free', () => {
  fc.assert(
    fc.property(anyMachine, anyLeases, (measured, leases) => {
      const capacity = capacityFrom(measured, leases, headroom);
      for (const resource of Object.keys(capacity)) {
        const all = freeOf(resource, leases, capacity);
        const fewer = freeOf(resource, leases.slice(0, -1), capacity);
        assert.ok(all <= fewer);
      }
    }),
  );
});

test('a reason to wait says what is needed, what is there, who has it, and what would free it', () => {
  const measured = machine(
    {},
    [{ total: 24, used: 20 }],
    [
      [7, 4, [8]],
      [8, 2, [6]],
    ],
  );
  const leases = [lease('`big` of /home/ada/notes', { 'gpu:0/vram': 10 * gib }, 7)];
  const capacity = capacityFrom(measured, leases, headroom);
  const short = shortOf(
    [[{ kind: 'quantity', resource: 'gpu:0/vram', amount: 10 * gib }]],
    leases,
    capacity,
    [
      {
        instance: 'idler',
        isExecuting: false,
        isStarting: false,
        isWanted: false,
        holds: { 'gpu:0/vram': 6 * gib },
      },
    ],
  );
  assert.ok(short);
  const text = waitText(short, {
    basis: 'profile',
    nowMs: 12_000,
    since: '2026-01-01T00:00:00Z',
    evicting: [],
  });
  assert.equal(
    text,
    'waiting for 10 GiB of memory of GPU 0 since 2026-01-01T00:00:00Z. GPU 0 has 24 GiB, of which 21.6 GiB may be ' +
      'used: `big` of /home/ada/notes has 10 GiB for 12 s, `idler`, which is idle, has 6 GiB, other programs use ' +
      '6 GiB, nothing is free. It starts as soon as enough of that has ended.',
  );
});
