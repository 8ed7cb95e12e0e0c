import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '@capstan/protocol';
import { Monitor } from '../../src/resources/index.ts';
import { attempt, job, world } from './world.ts';

const mib = 2 ** 20;
const skip = process.platform === 'linux' ? false : 'there is no /proc';

/** What one call of a worker that holds memory came to. */
async function hold({ instances }: ReturnType<typeof world>, input: JsonObject) {
  return instances.execute(job('holds-memory', 'hold', { input }), attempt());
}

/** The first calls of a worker are looked at in any case. */
async function warm(host: ReturnType<typeof world>): Promise<void> {
  for (let n = 0; n < 3; n++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await hold(host, {});
  }
}

test('the first call of a worker is looked at, however short it is', { skip }, async (t) => {
  const host = world(t);
  const outcome = await hold(host, { bytes: 200 * mib });
  assert.equal(outcome.kind, 'completed');
  const { peakRssBytes = 0, peakVramBytes, samples = 0 } = outcome.resources ?? {};
  assert.ok(peakRssBytes > 200 * mib && peakRssBytes < 500 * mib, `${peakRssBytes}`);
  assert.deepEqual(peakVramBytes ?? {}, {});
  assert.ok(samples >= 1);
  assert.ok((outcome.durationMs ?? 0) > 0);
});

test('what a call held for a moment and gave back is its peak', { skip }, async (t) => {
  const host = world(t);
  await warm(host);
  const outcome = await hold(host, { bytes: 300 * mib, ms: 50 });
  // It is over; what is held now is little.
  const next = await hold(host, { ms: 700 });
  const peak = Math.max(outcome.resources?.peakRssBytes ?? 0, next.resources?.peakRssBytes ?? 0);
  assert.ok(peak > 300 * mib, `${peak}`);
  const last = await hold(host, { ms: 700 });
  assert.ok((last.resources?.peakRssBytes ?? 0) < 200 * mib, 'and not that of the calls after it');
});

test('a long call is looked at while it runs, its children with it', { skip }, async (t) => {
  const host = world(t);
  await hold(host, {});
  const outcome = await hold(host, { bytes: 250 * mib, ms: 1_300, child: true });
  const {
    peakRssBytes = 0,
    meanRssBytes = 0,
    meanCpuPercent,
    samples = 0,
  } = outcome.resources ?? {};
  assert.ok(samples >= 2, `${samples}`);
  assert.ok(peakRssBytes > 250 * mib, `${peakRssBytes}`);
  assert.ok(meanRssBytes <= peakRssBytes);
  assert.equal(typeof meanCpuPercent, 'number');
});

test('a failed call takes its peak with it', { skip }, async (t) => {
  const host = world(t);
  await hold(host, {});
  const failed = await hold(host, { bytes: 400 * mib, ms: 1_100, fail: true });
  assert.equal(failed.kind, 'failed');
  assert.ok((failed.resources?.peakRssBytes ?? 0) > 400 * mib);
  const next = await hold(host, { ms: 700 });
  assert.ok((next.resources?.peakRssBytes ?? 0) < 200 * mib, `${next.resources?.peakRssBytes}`);
});

test('a worker that is killed leaves what was seen of it, as a failed peak', {
  skip,
}, async (t) => {
  const host = world(t);
  const { instances } = host;
  await hold(host, {});
  const [resident] = instances.residents();
  const looked = Promise.withResolvers<void>();
  const call = { ...attempt(), onResources: () => looked.resolve() };
  const input = { bytes: 300 * mib, ms: 60_000 };
  const outcome = instances.execute(job('holds-memory', 'hold', { input }), call);
  await looked.promise;
  process.kill(resident?.pid ?? 0, 'SIGKILL');
  const { kind, resources } = await outcome;
  assert.equal(kind, 'failed');
  assert.ok((resources?.peakRssBytes ?? 0) > 300 * mib, `${resources?.peakRssBytes}`);
});

test('short calls that follow each other cost no look each', { skip }, async (t) => {
  let looks = 0;
  const monitor = new Monitor({ env: {} });
  const measure: Monitor['measure'] = (roots, ...rest) => {
    looks += 1;
    return monitor.measure(roots, ...rest);
  };
  const host = world(t, {}, { monitor: { measure } });
  for (let n = 0; n < 200; n++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await host.instances.execute(job('well-behaved', 'echo', { input: { value: 1 } }), attempt());
  }
  assert.ok(looks >= 1 && looks <= 10, `${looks}`);
});

test('where nothing can be measured, calls end as ever', async (t) => {
  const monitor = { measure: () => Promise.reject(new Error('no such thing')) };
  const host = world(t, {}, { monitor });
  const outcome = await host.instances.execute(
    job('well-behaved', 'echo', { input: { value: 1 } }),
    attempt(),
  );
  assert.equal(outcome.kind, 'completed');
  assert.equal(outcome.resources, undefined);
});
