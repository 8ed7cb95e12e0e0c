import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveness, type LivenessEvidence, type Sign } from '../../src/kernel/liveness.ts';

const minute = 60_000;
const windows = { youngMs: 30 * minute, silenceMs: 15 * minute, spinningMs: 60 * minute };
const now = 1_000_000 * minute;

const seen = (minutesAgo: number, isChange: boolean, of = 'lse_1'): Sign => ({
  of,
  atMs: now - minutesAgo * minute,
  what: isChange ? 'a commit to src/api' : 'a renewal',
  isChange,
});
const change = (minutesAgo: number, of?: string): Sign => seen(minutesAgo, true, of);
const beat = (minutesAgo: number, of?: string): Sign => seen(minutesAgo, false, of);

const evidence = (
  startedMinutesAgo: number,
  signs: Sign[] = [],
  isProcessAlive: boolean | null = null,
): LivenessEvidence => ({
  of: 'lse_1',
  startedMs: now - startedMinutesAgo * minute,
  signs,
  isProcessAlive,
});
const verdict = (...all: Parameters<typeof evidence>): string =>
  liveness(evidence(...all), windows, now).kind;

test('a change is advance, however old the work is', () => {
  assert.equal(verdict(300, [change(5)]), 'advancing');
  assert.equal(verdict(300, [change(60)]), 'advancing');
  const found = liveness(evidence(300, [change(5)]), windows, now);
  assert.equal(found.reason, 'A commit to src/api, 5 min ago.');
});

test('commits are advance without a single beat', () => {
  assert.equal(verdict(600, [change(20)]), 'advancing');
});

test('who renews and changes nothing spins', () => {
  assert.equal(verdict(40, [beat(1), beat(10)]), 'spinning');
  assert.equal(verdict(200, [change(61), beat(1)]), 'spinning');
  assert.match(
    liveness(evidence(40, [beat(1)]), windows, now).reason,
    /heard of 1 min ago, but nothing has changed in all of its 40 min/,
  );
});

test('who began a little while ago is too young to tell', () => {
  assert.equal(verdict(14), 'advancing');
  assert.equal(verdict(29, [beat(1)]), 'advancing');
  assert.equal(verdict(30, [beat(1)]), 'spinning');
});

test('silence is stalling, young or not', () => {
  assert.equal(verdict(15), 'advancing');
  assert.equal(verdict(16), 'stalled');
  assert.equal(verdict(300, [beat(15)]), 'spinning');
  assert.equal(verdict(300, [beat(16)]), 'stalled');
  assert.equal(verdict(300, [change(61)]), 'stalled');
});

test('a process that is gone has stalled, whatever it did before', () => {
  assert.equal(verdict(5, [change(1)], false), 'stalled');
  assert.equal(verdict(5, [change(1)], true), 'advancing');
  assert.equal(verdict(300, [], true), 'stalled', 'that it exists is no sign of life');
});

test('what is over has stalled, and says how it ended', () => {
  const over = { ...evidence(5, [change(1)]), ended: { how: 'completed', atMs: now - 2 * minute } };
  const found = liveness(over, windows, now);
  assert.equal(found.kind, 'stalled');
  assert.equal(found.reason, 'It is over: completed, 2 min ago.');
});

test('a sign from the future is dropped, not taken for now', () => {
  const found = liveness(evidence(300, [change(-1), beat(-1)]), windows, now);
  assert.equal(found.kind, 'stalled');
  assert.deepEqual(found.dropped, { future: 2, undated: 0, earlier: 0, foreign: 0 });
});

test('a start in the future makes nothing young', () => {
  assert.equal(verdict(-5), 'stalled');
  assert.equal(verdict(-5, [beat(1)]), 'spinning');
});

test('what a neighbour does, and what was before the start, does not count', () => {
  const found = liveness(evidence(40, [change(1, 'lse_2'), change(50)]), windows, now);
  assert.equal(found.kind, 'stalled');
  assert.deepEqual(found.dropped, { future: 0, undated: 0, earlier: 1, foreign: 1 });
});

test('without a start and without a sign there is nothing to go by', () => {
  const found = liveness({ ...evidence(0), startedMs: null }, windows, now);
  assert.equal(found.kind, 'stalled');
  assert.equal(found.reason, 'Nothing was ever heard of it.');
});

const signs = fc.array(
  fc.record({
    of: fc.constantFrom('lse_1', 'lse_2'),
    atMs: fc.oneof(
      fc.integer({ min: now - 200 * minute, max: now + 20 * minute }),
      fc.constant(Number.NaN),
    ),
    what: fc.constant('something'),
    isChange: fc.boolean(),
  }),
  { maxLength: 6 },
);
const worlds = fc.record({
  of: fc.constant('lse_1'),
  startedMs: fc.option(fc.integer({ min: now - 200 * minute, max: now + 20 * minute })),
  signs,
  isProcessAlive: fc.constantFrom(true, false, null),
});

test('evidence that does not count changes nothing', () => {
  fc.assert(
    fc.property(worlds, signs, (world, more) => {
      const without = liveness(world, windows, now);
      const noise = more.filter(({ of, atMs }) => of !== 'lse_1' || !(atMs <= now));
      const { kind, reason } = liveness(
        { ...world, signs: [...world.signs, ...noise] },
        windows,
        now,
      );
      assert.deepEqual({ kind, reason }, { kind: without.kind, reason: without.reason });
    }),
  );
});

test('the order of evidence does not matter, nor when it is asked in bytes', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const kind = liveness(world, windows, now).kind;
      assert.equal(
        liveness({ ...world, signs: world.signs.toReversed() }, windows, now).kind,
        kind,
      );
      assert.equal(
        JSON.stringify(liveness(world, windows, now)),
        JSON.stringify(liveness(structuredClone(world), windows, now)),
      );
    }),
  );
});

test('more life never looks worse, and time alone never looks better', () => {
  const rank = { stalled: 0, spinning: 1, advancing: 2 };
  fc.assert(
    fc.property(worlds, fc.integer({ min: 0, max: 300 }), (world, minutes) => {
      const before = rank[liveness(world, windows, now).kind];
      for (const isChange of [true, false]) {
        const more = [...world.signs, seen(0, isChange)];
        assert.ok(rank[liveness({ ...world, signs: more }, windows, now).kind] >= before);
      }
      // What lay in the future then may count later, so it is left out.
      const past = world.signs.filter(({ atMs }) => atMs <= now);
      const known = {
        ...world,
        signs: past,
        startedMs: world.startedMs !== null && world.startedMs > now ? null : world.startedMs,
      };
      const later = liveness(known, windows, now + minutes * minute);
      assert.ok(rank[later.kind] <= rank[liveness(known, windows, now).kind]);
    }),
    { numRuns: 500 },
  );
});
