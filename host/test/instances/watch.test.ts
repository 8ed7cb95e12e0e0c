import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallWatch, WorkerWatch } from '../../src/instances/watch.ts';
import type { TreeUse } from '../../src/resources/index.ts';

const use = (peakRssBytes: number, rssBytes: number, over: Partial<TreeUse> = {}): TreeUse => ({
  peakRssBytes,
  rssBytes,
  cpuPercent: 40,
  processes: 1,
  vram: {},
  ...over,
});

/** A worker that is asked for one call after the other. */
function worker() {
  const watch = new WorkerWatch(1);
  const begin = (atMs: number): CallWatch => {
    const call = new CallWatch(atMs);
    watch.begin(call);
    return call;
  };
  return { watch, begin };
}

test('the most a worker ever held counts for the call during which it came to that', () => {
  const { watch, begin } = worker();
  const first = begin(0);
  watch.see(use(100, 60), { nowMs: 10 });
  watch.end(first, true);
  assert.equal(first.resources()?.peakRssBytes, 100, 'its start is part of what it takes');
  const second = begin(20);
  watch.see(use(100, 50), { nowMs: 30 });
  watch.end(second, true);
  assert.equal(second.resources()?.peakRssBytes, 50, 'the 100 were another call');
  const third = begin(40);
  watch.see(use(130, 50), { nowMs: 50 });
  watch.end(third, true);
  assert.equal(third.resources()?.peakRssBytes, 130);
});

test('what a failed call held is not taken for the need of the next one', () => {
  const { watch, begin } = worker();
  const first = begin(0);
  watch.see(use(100, 60), { nowMs: 10 });
  watch.end(first, true);
  // Nobody looked at it.
  watch.end(begin(20), false);
  const next = begin(30);
  watch.see(use(9000, 70), { nowMs: 40 });
  watch.end(next, true);
  assert.equal(next.resources()?.peakRssBytes, 70);
  const later = begin(50);
  watch.see(use(9100, 70), { nowMs: 60 });
  watch.end(later, true);
  assert.equal(
    later.resources()?.peakRssBytes,
    9100,
    'what is reached after that is its own again',
  );
});

test('a look at the end of a failed call blames it alone, whatever else runs in that worker', () => {
  const { watch, begin } = worker();
  const other = begin(0);
  watch.see(use(100, 60), { nowMs: 10 });
  const failed = begin(20);
  watch.see(use(9000, 80), { nowMs: 30, blamed: failed });
  watch.end(failed, false);
  watch.end(other, true);
  assert.equal(failed.resources()?.peakRssBytes, 9000);
  assert.equal(other.resources()?.peakRssBytes, 100);
});

test('what is seen after a short call goes to the next one that ends without a look', () => {
  const { watch, begin } = worker();
  watch.end(begin(0), true);
  watch.see(use(100, 60), { nowMs: 10 });
  const next = begin(20);
  watch.end(next, true);
  assert.deepEqual(next.resources(), {
    peakRssBytes: 100,
    meanRssBytes: 60,
    meanCpuPercent: null,
    peakVramBytes: {},
    samples: 1,
  });
  const third = begin(30);
  watch.end(third, true);
  assert.equal(third.resources(), undefined, 'once');
});

test('means are over all looks, and processor time counts from the second look of a call on', () => {
  const { watch, begin } = worker();
  const call = begin(0);
  watch.see(use(100, 60, { cpuPercent: 100, vram: { 0: 5, 1: 0 } }), { nowMs: 10 });
  watch.see(use(100, 80, { cpuPercent: 50, vram: { 0: 9, 1: 0 } }), { nowMs: 20 });
  watch.see(use(100, 70, { cpuPercent: 70, vram: { 0: 3, 1: 0 } }), { nowMs: 30 });
  watch.end(call, true);
  assert.deepEqual(call.resources(), {
    peakRssBytes: 100,
    meanRssBytes: 70,
    meanCpuPercent: 60,
    peakVramBytes: { 0: 9 },
    samples: 3,
  });
});

test('where use of GPU memory cannot be told, that is what is said', () => {
  const { watch, begin } = worker();
  const call = begin(0);
  watch.see(use(100, 60, { vram: null }), { nowMs: 10 });
  watch.end(call, true);
  assert.equal(call.resources()?.peakVramBytes, null);
});

test('what a worker itself came to between two looks belongs to the call that just ended', () => {
  const { watch, begin } = worker();
  const first = begin(0);
  watch.see(use(100, 60), { nowMs: 10, ownPeak: 90 });
  watch.glance(140, first, true);
  watch.end(first, true);
  assert.equal(first.resources()?.peakRssBytes, 150);
  const second = begin(20);
  watch.glance(140, second, true);
  watch.see(use(150, 60), { nowMs: 30, ownPeak: 140 });
  watch.end(second, true);
  assert.equal(second.resources()?.peakRssBytes, 60, 'that was the one before');
  const failed = begin(40);
  const other = begin(40);
  watch.glance(9000, failed, false);
  watch.end(failed, false);
  watch.see(use(9010, 60), { nowMs: 50, ownPeak: 9000 });
  watch.end(other, true);
  assert.equal(failed.resources()?.peakRssBytes, 9010);
  assert.equal(other.resources()?.peakRssBytes, 60);
});

test('devices that were asked before a call began say nothing about it', () => {
  const { watch, begin } = worker();
  const early = begin(0);
  const late = begin(20);
  watch.see(use(100, 60, { vram: { 0: 9 } }), { nowMs: 30, devicesMs: 10 });
  watch.end(early, true);
  watch.end(late, true);
  assert.deepEqual(early.resources()?.peakVramBytes, { 0: 9 });
  assert.equal(late.resources()?.peakVramBytes, null);
  assert.equal(late.resources()?.peakRssBytes, 100);
});
