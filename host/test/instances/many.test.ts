import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostError } from '../../src/errors.ts';
import { each } from '../../src/instances/many.ts';

const subjects = [1, 2, 3, 4, 5].map((subject) => ({ key: `k${subject}`, subject }));
const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('no more than so many are done at once, and the answers keep the order of the questions', async () => {
  let now = 0;
  let most = 0;
  const done = await each(
    subjects,
    async (subject) => {
      most = Math.max(most, (now += 1));
      for (let i = 0; i < 6 - subject; i++) await turns();
      now -= 1;
      return subject * 10;
    },
    { concurrency: 2 },
  );
  assert.equal(most, 2);
  assert.deepEqual(
    done.map((one) => ('value' in one ? [one.key, one.value] : one)),
    [
      ['k1', 10],
      ['k2', 20],
      ['k3', 30],
      ['k4', 40],
      ['k5', 50],
    ],
  );
});

const failing = async (subject: number): Promise<number> => {
  if (subject === 2) throw new HostError('CONFIG_INVALID', 'two');
  if (subject === 4) throw new Error('four');
  await turns();
  return subject;
};

test('failures are collected beside what went well', async () => {
  const done = await each(subjects, failing, {});
  assert.deepEqual(
    done.map((one) => ('error' in one ? one.error.code : one.value)),
    [1, 'CONFIG_INVALID', 3, 'INTERNAL', 5],
  );
});

test('with failFast the first failure is thrown, when what is under way has ended', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const work = each(
    subjects,
    async (subject) => {
      begun.push(subject);
      const value = await failing(subject);
      ended.push(value);
      return value;
    },
    { concurrency: 2, failFast: true },
  );
  await assert.rejects(work, { code: 'CONFIG_INVALID' });
  assert.deepEqual([begun, ended], [[1, 2], [1]]);
});

test('none at all is done at once, and a limit that is none is refused', async () => {
  assert.deepEqual(await each([], failing, {}), []);
  for (const concurrency of [0, -1, 1.5, Number.NaN]) {
    // oxlint-disable-next-line no-await-in-loop -- each is a case of its own
    await assert.rejects(each(subjects, failing, { concurrency }), { code: 'INPUT_INVALID' });
  }
});

test('given up, no more begin, and that is what is thrown', async () => {
  const stop = new AbortController();
  const begun: number[] = [];
  const act = async (subject: number): Promise<void> => {
    begun.push(subject);
    if (subject === 2) stop.abort(new HostError('CANCELLED', 'enough'));
    await turns();
  };
  await assert.rejects(each(subjects, act, { concurrency: 1, signal: stop.signal }), /enough/);
  assert.deepEqual(begun, [1, 2]);
});
