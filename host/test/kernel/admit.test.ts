import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  admit,
  type Holder,
  Line,
  lanesInUse,
  type Waiting,
  whyWaiting,
} from '../../src/kernel/index.ts';

interface World {
  lanes: number;
  slots: { [instance: string]: number };
  running: Map<string, Map<string, Holder>>;
  lines: Map<string, Line>;
}

function world(lanes: number, slots: { [instance: string]: number } = {}): World {
  return { lanes, slots, running: new Map(), lines: new Map() };
}

const house = (w: World) => ({
  lanes: w.lanes,
  slotsOf: (instance: string) => w.slots[instance] ?? 1,
  running: w.running,
  lines: w.lines,
});

function lineUp(w: World, job: Waiting): void {
  const line = w.lines.get(job.instance) ?? new Line();
  w.lines.set(job.instance, line);
  line.add(job);
}

function begin(w: World, job: Waiting, sinceMs = 0, nodeId: string | null = null): void {
  w.lines.get(job.instance)?.remove(job.jobId);
  const holders = w.running.get(job.instance) ?? new Map<string, Holder>();
  w.running.set(job.instance, holders.set(job.jobId, { jobId: job.jobId, nodeId, sinceMs }));
}

const job = (jobId: string, instance: string, priority = 0, age = 0): Waiting => ({
  jobId,
  instance,
  priority,
  age,
});

test('higher priority goes first, then age', () => {
  const w = world(4, { a: 9 });
  for (const it of [job('late', 'a', 0, 9), job('early', 'a', 0, 1), job('urgent', 'a', 5, 10)]) {
    lineUp(w, it);
  }
  const order = [];
  for (let next = admit(house(w)); next !== null; next = admit(house(w))) {
    order.push(next.jobId);
    begin(w, next);
  }
  assert.deepEqual(order, ['urgent', 'early', 'late']);
});

test('an instance without a free slot does not hold up the others', () => {
  const w = world(4);
  begin(w, job('holder', 'busy'));
  lineUp(w, job('first', 'busy', 9, 1));
  lineUp(w, job('second', 'free', 0, 2));
  assert.equal(admit(house(w))?.jobId, 'second');
});

test('a job that left the line is not admitted, and may come back', () => {
  const w = world(4);
  lineUp(w, job('x', 'a', 0, 1));
  w.lines.get('a')?.remove('x');
  assert.equal(admit(house(w)), null);
  lineUp(w, job('x', 'a', 0, 1));
  assert.equal(admit(house(w))?.jobId, 'x');
});

test('a job that waits for a slot is told who has it, and since when', () => {
  const w = world(4);
  begin(w, job('job_1', 'speech'), 8_000, 'transcribe');
  const waiting = job('job_2', 'speech');
  lineUp(w, waiting);
  assert.deepEqual(whyWaiting(waiting, house(w), 20_000), {
    kind: 'slot',
    text: 'waiting for a slot of `speech`: 1 of 1 in use by job_1 (node transcribe) for 12 s',
  });
});

test('a job that waits for a lane is told how many there are, and the longest holders', () => {
  const w = world(4, { a: 9 });
  for (const n of [4, 3, 2, 1]) begin(w, job(`job_${n}`, 'a'), n * 1_000);
  const waiting = job('job_5', 'b');
  lineUp(w, waiting);
  assert.deepEqual(whyWaiting(waiting, house(w), 10_000), {
    kind: 'lane',
    text: 'waiting for a lane of this host: 4 of 4 in use by job_1 for 9 s, job_2 for 8 s, job_3 for 7 s and 1 more',
  });
});

const jobs = fc.array(
  fc.record({
    instance: fc.constantFrom('a', 'b', 'c'),
    priority: fc.integer({ min: 0, max: 3 }),
  }),
  { minLength: 1, maxLength: 40 },
);
const worlds = fc.record({
  lanes: fc.integer({ min: 1, max: 5 }),
  slots: fc.record({
    a: fc.integer({ min: 1, max: 3 }),
    b: fc.integer({ min: 1, max: 3 }),
    c: fc.integer({ min: 1, max: 3 }),
  }),
  jobs,
  ends: fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
});

test('no lane and no slot is given twice, nobody is passed over who could start, and all get through', () => {
  fc.assert(
    fc.property(worlds, ({ lanes, slots, jobs: specs, ends }) => {
      const w = world(lanes, slots);
      const waiting = new Map<string, Waiting>();
      for (const [age, spec] of specs.entries()) {
        const it = job(`job_${age}`, spec.instance, spec.priority, age);
        waiting.set(it.jobId, it);
        lineUp(w, it);
      }
      const free = (it: Waiting): boolean =>
        lanesInUse(house(w)) < lanes &&
        (w.running.get(it.instance)?.size ?? 0) < house(w).slotsOf(it.instance);
      for (const end of ends) {
        for (let next = admit(house(w)); next !== null; next = admit(house(w))) {
          assert.deepEqual(admit(house(w)), next, 'same inputs, same decision');
          const could = [...waiting.values()].filter(free);
          const best = could.toSorted((x, y) => y.priority - x.priority || x.age - y.age)[0];
          assert.equal(next.jobId, best?.jobId);
          waiting.delete(next.jobId);
          begin(w, next);
        }
        assert.ok(lanesInUse(house(w)) <= lanes);
        for (const [instance, holders] of w.running) {
          assert.ok(holders.size <= house(w).slotsOf(instance));
        }
        assert.deepEqual(
          [...waiting.values()].filter(free),
          [],
          'nobody who could start is waiting',
        );
        const running = [...w.running.values()].flatMap((holders) => [...holders.keys()]);
        const done = running[end % running.length];
        for (const holders of w.running.values()) if (done !== undefined) holders.delete(done);
      }
      assert.equal(waiting.size, 0);
    }),
    { numRuns: 200 },
  );
});
