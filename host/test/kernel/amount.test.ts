import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amountText, parseAmount } from '../../src/kernel/index.ts';

const amountOf = (written: string | number, resource: string): number | string => {
  const parsed = parseAmount(written, resource);
  return parsed.kind === 'amount' ? parsed.amount : parsed.reason;
};

test('memory is read with its unit, as people and other tools write it', () => {
  for (const [written, bytes] of [
    ['8GiB', 8 * 2 ** 30],
    ['8 gib', 8 * 2 ** 30],
    ['8Gi', 8 * 2 ** 30],
    ['512 MB', 512e6],
    ['1.5G', 1.5e9],
    ['2T', 2e12],
    [' 64MiB ', 64 * 2 ** 20],
    ['8589934592', 2 ** 33],
    [2 ** 33, 2 ** 33],
    ['0.5KiB', 512],
  ] as const) {
    for (const resource of ['ram', 'gpu:0/vram', 'gpu/vram', 'disk:/']) {
      assert.equal(amountOf(written, resource), bytes, `${written} of ${resource}`);
    }
  }
});

test('cores are read in parts, pieces are not', () => {
  assert.equal(amountOf('2', 'cpu'), 2000);
  assert.equal(amountOf(0.5, 'cpu'), 500);
  assert.equal(amountOf('1 core', 'cpu'), 1000);
  assert.equal(amountOf('1500m', 'cpu'), 1500);
  assert.equal(amountOf('3', 'license:matlab'), 3);
  assert.equal(
    amountOf('1.5', 'license:matlab'),
    '"1.5" is no whole number, and license:matlab is counted in pieces',
  );
});

test('what can only have been meant otherwise is refused, with what to write', () => {
  assert.equal(amountOf('8', 'ram'), '"8" of ram would be 8 bytes');
  assert.equal(amountOf(16, 'gpu:0/vram'), '"16" of gpu:0/vram would be 16 bytes');
  assert.equal(amountOf('8GiB', 'cpu'), '"GiB" is no unit cpu is counted in');
  assert.equal(amountOf('8 apples', 'ram'), '"apples" is no unit ram is counted in');
  const refused = parseAmount('8', 'ram');
  assert.equal(
    refused.kind === 'refused' && refused.hint,
    'Write it with its unit: 8GiB, 512MiB or 1.5GB.',
  );
});

test('nothing, less than nothing and what is no number are no amounts', () => {
  for (const resource of ['ram', 'cpu', 'license:matlab']) {
    for (const bad of [
      '',
      '-1GiB',
      '-2',
      '0',
      '0GiB',
      'NaN',
      'Infinity',
      '1e400',
      'all',
      '1,5GiB',
      '٣',
      '1 2',
      Number.NaN,
      -1,
      0,
      Infinity,
      1e300,
    ]) {
      assert.equal(parseAmount(bad, resource).kind, 'refused', `${bad} of ${resource}`);
    }
  }
});

test('an amount is printed as it would be written', () => {
  assert.equal(amountText(8 * 2 ** 30, 'ram'), '8 GiB');
  assert.equal(amountText(22_871_000_000, 'gpu:0/vram'), '21.3 GiB');
  assert.equal(amountText(500, 'cpu'), '0.5 cores');
  assert.equal(amountText(1000, 'cpu'), '1 core');
  assert.equal(amountText(3, 'class:batch'), '3');
  assert.equal(amountText(2 ** 30 - 1, 'ram'), '1 GiB');
});

test('what is printed is read again, as nearly as it was printed', () => {
  const resources = fc.constantFrom('ram', 'gpu:3/vram', 'disk:/', 'cpu', 'license:x');
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 48 }), resources, (amount, resource) => {
      const again = amountOf(amountText(amount, resource), resource);
      assert.ok(
        typeof again === 'number' && Math.abs(again - amount) <= amount * 0.05,
        `${amount} -> ${again}`,
      );
    }),
  );
});
