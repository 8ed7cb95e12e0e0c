import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admit, Line } from '../../src/kernel/index.ts';
import { Lines } from '../../src/queue/lines.ts';

const waiting = (n: number, instance = 'speech', priority = 0) => ({
  jobId: `job ${n}`,
  instance,
  priority,
  age: n,
});

const heads = (lines: Lines): (string | undefined)[] =>
  Array.from(lines.byInstance.values(), (line) => line.head()?.jobId);

test('a delayed job is known, and stands in no line until it enters', () => {
  const lines = new Lines();
  lines.add(waiting(1), true);
  assert.deepEqual([lines.size, heads(lines)], [1, []]);
  lines.enter('job 1');
  assert.deepEqual(heads(lines), ['job 1']);
  lines.enter('job 2');
  assert.deepEqual([lines.size, heads(lines)], [1, ['job 1']]);
});

test('a job that is moved goes where its new priority belongs, in line or still delayed', () => {
  const lines = new Lines();
  for (const n of [1, 2, 3]) lines.add(waiting(n), n === 3);
  lines.rekey('job 2', 5);
  assert.deepEqual(heads(lines), ['job 2']);
  lines.rekey('job 3', 9);
  assert.deepEqual(heads(lines), ['job 2'], 'it is still delayed');
  lines.enter('job 3');
  assert.deepEqual(heads(lines), ['job 3']);
  lines.rekey('job 3', 0);
  assert.deepEqual(heads(lines), ['job 2']);
  lines.rekey('job 9', 9);
  assert.equal(lines.size, 3);
});

test('a line that has become empty is gone, so that no dispatch looks at it', () => {
  const lines = new Lines();
  lines.add(waiting(1, 'a'), false);
  lines.add(waiting(2, 'b'), false);
  lines.remove('job 1');
  lines.remove('job 1');
  assert.deepEqual([...lines.byInstance.keys()], ['b']);
});

test('with a hundred thousand in line the next one is chosen from the heads alone', () => {
  const lines = new Lines();
  for (let n = 0; n < 100_000; n++) lines.add(waiting(n, `c${n % 3}`, n % 7), false);
  let looks = 0;
  for (const line of lines.byInstance.values()) {
    const head = line.head.bind(line);
    line.head = () => {
      looks += 1;
      return head();
    };
  }
  const house = { lanes: 4, slotsOf: () => 4, running: new Map(), lines: lines.byInstance };
  assert.equal(admit(house)?.jobId, 'job 6');
  assert.equal(looks, 3);
});

test('what was taken out of a line is not kept behind a head that stays', () => {
  const line = new Line();
  line.add(waiting(0, 'speech', 9));
  for (let n = 1; n <= 100_000; n++) {
    line.add(waiting(n));
    line.remove(`job ${n}`);
  }
  assert.ok(line.held < 200, `${line.held} are held`);
  for (let n = 1; n <= 300; n++) line.add(waiting(n, 'speech', n % 5));
  for (let n = 1; n <= 300; n += 2) line.remove(`job ${n}`);
  const order: number[] = [];
  for (let head = line.head(); head !== undefined; head = line.head()) {
    order.push(head.priority);
    line.remove(head.jobId);
  }
  assert.deepEqual(
    order,
    order.toSorted((a, b) => b - a),
  );
  assert.equal(order.length, 151);
});
