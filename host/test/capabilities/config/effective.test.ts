import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configHash, effectiveConfig, mergeOptions } from '../../../src/capabilities/index.ts';

const schema = {
  properties: {
    model: { default: 'tiny' },
    rate: { default: 16_000 },
    words: { type: 'array' },
    device: { type: ['string', 'null'], default: 'cpu' },
  },
};

test('a value is the default, over it what capstan.yaml says, over it what was set; each knows its source', () => {
  const found = effectiveConfig({
    schema,
    declared: [{ model: 'base', rate: 8000 }, { rate: 9000 }],
    record: { config: { model: 'large' }, whole: false },
  });
  assert.deepEqual(found, {
    values: { model: 'large', rate: 9000, device: 'cpu' },
    sources: { model: 'set', rate: 'capstan.yaml', device: 'default' },
  });
});

test('what was set as a whole stands on the defaults alone, also an explicit {}', () => {
  const declared = [{ model: 'base', words: ['x'] }];
  assert.deepEqual(effectiveConfig({ schema, declared, record: { config: {}, whole: true } }), {
    values: { model: 'tiny', rate: 16_000, device: 'cpu' },
    sources: { model: 'default', rate: 'default', device: 'default' },
  });
});

test('nothing recorded, or a record that could not be read, leaves what is declared', () => {
  for (const record of [null, { config: null, whole: true }]) {
    const { values } = effectiveConfig({ schema, declared: [{ model: 'base' }], record });
    assert.equal(values['model'], 'base');
  }
});

test('without a schema only what is said counts', () => {
  assert.deepEqual(effectiveConfig({ schema: undefined, declared: [{ a: 1 }], record: null }), {
    values: { a: 1 },
    sources: { a: 'capstan.yaml' },
  });
});

test('the hash is that of the values, whatever the order of their keys', () => {
  assert.equal(configHash({ a: 1, b: [2] }), configHash({ b: [2], a: 1 }));
  assert.notEqual(configHash({ a: 1 }), configHash({ a: 2 }));
  assert.match(configHash({}), /^sha256:44136fa355b3/);
});

test('live options become the choices of a setting, and constraints take the place of declared ones', () => {
  const merged = mergeOptions(
    {
      properties: {
        device: { type: ['string', 'null'], enum: ['cpu', 'old'] },
        voices: { type: 'array', items: { type: 'string' } },
        threads: { type: 'integer', minimum: 1, maximum: 64 },
      },
    },
    {
      device: { options: [{ value: 'cuda:0', label: 'RTX 3090' }, { value: 'cpu' }] },
      voices: { options: [{ value: 'ada' }] },
      threads: { constraints: { maximum: 8, reloadTrigger: 'x' } },
      unheard: { options: [{ value: 1 }] },
    },
  );
  assert.deepEqual(merged['properties'], {
    device: {
      type: ['string', 'null'],
      enum: ['cuda:0', 'cpu', null],
      options: [{ value: 'cuda:0', label: 'RTX 3090' }, { value: 'cpu' }],
    },
    voices: {
      type: 'array',
      items: { type: 'string', enum: ['ada'] },
      options: [{ value: 'ada' }],
    },
    threads: { type: 'integer', minimum: 1, maximum: 8 },
  });
});

test('options that make no sense change nothing', () => {
  const plain = { properties: { device: { type: 'string' } } };
  for (const options of [{}, { device: 'cpu' }, { device: { options: 'cpu' } }, { device: [1] }]) {
    assert.deepEqual(mergeOptions(plain, options), plain);
  }
  assert.deepEqual(mergeOptions({}, { device: { options: [] } }), {});
});
