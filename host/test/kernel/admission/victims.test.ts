import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  chooseVictims,
  givesWay,
  reactive,
  type Resident,
} from '../../../src/kernel/admission/index.ts';
import { gib } from './worlds.ts';

const resident = (instance: string, ram: number, more: Partial<Resident> = {}): Resident => ({
  instance,
  isExecuting: false,
  isStarting: false,
  isWanted: false,
  holds: { ram: ram * gib },
  ...more,
});

const request = (shortfall: number) => ({
  requester: 'needy',
  resource: 'ram',
  shortfall: shortfall * gib,
  margin: 1.25,
  hollowBytes: 64 * 2 ** 20,
});

test('the largest go first until a quarter more than is short is freed, and the last is no larger than it must be', () => {
  const residents = [resident('a', 2), resident('b', 8), resident('c', 4), resident('d', 3)];
  assert.deepEqual(chooseVictims(residents, request(4)), {
    kind: 'evict',
    victims: ['b'],
    frees: 8 * gib,
  });
  assert.deepEqual(chooseVictims(residents, request(8)).victims, ['b', 'a']);
});

test('nothing is evicted where all of it would not be enough', () => {
  assert.equal(chooseVictims([resident('a', 2), resident('b', 1)], request(4)).kind, 'not_enough');
  assert.equal(chooseVictims([], request(4)).kind, 'not_enough');
});

test('a margin that cannot be had keeps nobody from what is short', () => {
  assert.equal(chooseVictims([resident('a', 4)], request(4)).kind, 'evict');
});

const anyResident: fc.Arbitrary<Resident> = fc.record({
  instance: fc.constantFrom('needy', 'a', 'b', 'c', 'd', 'e', 'f'),
  isExecuting: fc.boolean(),
  isStarting: fc.boolean(),
  isWanted: fc.boolean(),
  holds: fc.record({
    ram: fc.integer({ min: 0, max: 20 }).map((tenths) => Math.floor((tenths * gib) / 10)),
  }),
});

test('in any world, nobody is evicted who executes, starts, is wanted, is hollow or asks', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anyResident, { selector: ({ instance }) => instance }),
      fc.integer({ min: 1, max: 10 }),
      (residents, shortfall) => {
        const choice = chooseVictims(residents, request(shortfall));
        for (const victim of choice.victims) {
          const found = residents.find(({ instance }) => instance === victim);
          assert.ok(found && victim !== 'needy');
          assert.ok(!found.isExecuting && !found.isStarting && !found.isWanted);
          assert.ok((found.holds['ram'] ?? 0) >= 64 * 2 ** 20);
        }
        assert.equal(new Set(choice.victims).size, choice.victims.length);
      },
    ),
  );
});

test('in any world, what is chosen is enough, and without any one of them it would miss the target', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anyResident, { selector: ({ instance }) => instance }),
      fc.integer({ min: 1, max: 10 }),
      (residents, shortfall) => {
        const { kind, victims, frees } = chooseVictims(residents, request(shortfall));
        const all = residents
          .filter(
            ({ instance, isExecuting, isStarting, isWanted }) =>
              instance !== 'needy' && !isExecuting && !isStarting && !isWanted,
          )
          .map(({ holds }) => holds['ram'] ?? 0)
          .filter((bytes) => bytes >= 64 * 2 ** 20)
          .reduce((sum, bytes) => sum + bytes, 0);
        assert.equal(kind === 'evict', all >= shortfall * gib);
        const target = Math.min(shortfall * gib * 1.25, all);
        assert.ok(frees >= target);
        const least = Math.min(
          ...victims.map(
            (victim) => residents.find(({ instance }) => instance === victim)?.holds['ram'] ?? 0,
          ),
        );
        if (victims.length > 0) assert.ok(frees - least < shortfall * gib * 1.25);
      },
    ),
  );
});

test('those that hold what somebody has waited for too long start nothing more, and no others', () => {
  const seats = [
    { instance: 'big', amounts: { ram: 8 * gib } },
    { instance: 'small', amounts: { ram: gib } },
    { instance: 'gpu', amounts: { 'gpu:0/vram': 8 * gib } },
  ];
  const waiter = { name: 'job_1', instance: 'needy', resource: 'ram', shortfall: 2 * gib };
  assert.deepEqual([...givesWay(seats, [waiter]).keys()], ['big']);
  assert.deepEqual(
    [...givesWay(seats, [{ ...waiter, shortfall: 9 * gib }]).keys()],
    ['big', 'small'],
  );
  assert.deepEqual([...givesWay(seats, []).keys()], []);
  assert.deepEqual([...givesWay(seats, [{ ...waiter, instance: 'big' }]).keys()], ['small']);
});

test('what ran out of memory is tried once more, unless that could do harm', () => {
  const failed = {
    category: 'resource',
    isOfCall: true,
    effects: 'idempotent' as const,
    isStream: false,
    earlier: 0,
    leftMs: null,
  };
  assert.deepEqual(reactive(failed), { kind: 'retrying' });
  const because = (more: Partial<Parameters<typeof reactive>[0]>) => {
    const decided = reactive({ ...failed, ...more });
    return decided.kind === 'final' ? decided.because : null;
  };
  assert.equal(because({ earlier: 1 }), 'exhausted');
  assert.equal(because({ effects: 'unsafe' }), 'unsafe');
  assert.equal(because({ isStream: true }), 'stream');
  assert.equal(because({ category: 'transient' }), 'other_reason');
  assert.equal(because({ isOfCall: false }), 'other_reason');
  assert.equal(because({ leftMs: 0 }), 'no_time');
});
