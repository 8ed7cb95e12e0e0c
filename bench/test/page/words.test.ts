import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amount, amountWithSpread, factor } from '../../page/amounts.ts';
import { beside } from '../../page/beside.ts';
import { bothWhats } from '../../page/growth.ts';
import { figure } from './sample.ts';

test('amounts have three digits that count and the unit that suits them', () => {
  const told = [
    amount(0.04, 'µs'),
    amount(0.62, 'µs'),
    amount(12.345678, 'µs'),
    amount(1_234.5, 'µs'),
    amount(12_345.678, 'ms'),
    amount(0.5, 'ms'),
    amount(0, 'ms'),
    amount(12_345.678, 'a second'),
    amount(118.26, 'MB'),
    amount(9_757, 'MB'),
    amount(0, 'times'),
    amount(1.234, 'times'),
  ];
  assert.deepEqual(told, [
    '40.0 ns',
    '0.62 µs',
    '12.3 µs',
    '1.23 ms',
    '12.3 s',
    '500 µs',
    '0 s',
    '12,300/s',
    '118 MB',
    '9.76 GB',
    '0',
    '1.23',
  ]);
});

test('a spread is told in the unit of its median', () => {
  assert.equal(amountWithSpread([900, 1_100, 2_000], 'µs'), '1.10 ms (0.9-2.00)');
  assert.equal(amountWithSpread([7], 'MB'), '7.00 MB');
});

test('factors keep two decimals where a budget could be missed by one', () => {
  assert.deepEqual([1.304, 3.04, 34.4, 227, 1_234].map(factor), [
    '1.30',
    '3.04',
    '34',
    '227',
    '1,200',
  ]);
});

test('a ratio says in words which way it points, whichever way the unit does', () => {
  const times = figure('a', 'ms', { capstan: [2, 2], bullmq: [68, 68], restate: [1, 1] });
  assert.equal(beside(times, 'bullmq'), '34 x faster');
  assert.equal(beside(times, 'restate'), '2.00 x slower');
  const uneven = figure('a', 'ms', { capstan: [2, 2, 1], bullmq: [60, 20, 90] });
  assert.equal(beside(uneven, 'bullmq'), '30 x faster (10-90)');
  const rates = figure('b', 'a second', {
    capstan: [100, 100],
    bullmq: [50, 50],
    restate: [400, 400],
  });
  assert.equal(beside(rates, 'bullmq'), '2.00 x faster');
  assert.equal(beside(rates, 'restate'), '4.00 x slower');
  const memory = figure('c', 'MB', { capstan: [20], 'cjm-substrate': [52] });
  assert.equal(beside(memory, 'cjm-substrate'), '2.60 x smaller');
});

test('the floor is a multiple of time, and a distance of rates', () => {
  assert.equal(
    beside(figure('a', 'µs', { capstan: [120], floor: [100] }), 'floor'),
    '1.20 x the floor',
  );
  assert.equal(
    beside(figure('b', 'a second', { capstan: [300], floor: [3_000] }), 'floor'),
    '10 x slower than the floor',
  );
});

test('what differs by less than any run is quiet is the same, and what was not measured is nothing', () => {
  const close = figure('a', 'ms', { capstan: [100], bullmq: [103] });
  assert.equal(beside(close, 'bullmq'), 'the same');
  assert.equal(beside(close, 'restate'), null);
});

test('two sizes of one figure are named in one go', () => {
  assert.equal(
    bothWhats('append, 10,000 rows', 'append, 100,000 rows'),
    'append, 10,000 → 100,000 rows',
  );
  assert.equal(bothWhats('100 KB and back', '1 MB and back'), '100 KB → 1 MB and back');
  assert.equal(
    bothWhats('beside 1,000, alone', 'beside 10,000, alone'),
    'beside 1,000 → 10,000, alone',
  );
  assert.equal(
    bothWhats('1,000 jobs', 'ten thousand jobs now'),
    '1,000 jobs → ten thousand jobs now',
  );
});
