import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  contradicts,
  schemaDifferences,
  surfaceDifferences,
} from '../../src/capabilities/drift.ts';
import { canonicalHash } from '../../src/capabilities/python-json.ts';
import { sdkSkew } from '../../src/capabilities/skew.ts';

const textsOf = (differences: { text: string }[]): string[] => differences.map(({ text }) => text);

const schema = {
  title: 'Speech',
  type: 'object',
  properties: {
    rate: { type: 'integer', default: 16_000, minimum: 8_000 },
    model: { type: 'string', enum: ['small', 'large'] },
  },
};

test('drift of settings is explained: which came, which went, and what changed of the others', () => {
  const live = {
    ...schema,
    title: 'Speech 2',
    properties: {
      rate: { type: 'integer', default: 8_000, minimum: 8_000, description: 'Hertz' },
      beams: { type: 'integer' },
    },
  };
  const differences = schemaDifferences(schema, live);
  assert.deepEqual(textsOf(differences), [
    'the setting "beams" is new',
    'the setting "model" is gone',
    'the setting "rate": default was 16000, is 8000',
    'the setting "rate": description was not there, is "Hertz"',
    'of the schema as a whole, title was "Speech", is "Speech 2"',
  ]);
  assert.deepEqual(differences.map(({ kind, what, name }) => [kind, what, name]).slice(0, 3), [
    ['added', 'setting', 'beams'],
    ['removed', 'setting', 'model'],
    ['changed', 'setting', 'rate'],
  ]);
});

test('drift from no settings to some, and back, names each of them', () => {
  assert.deepEqual(textsOf(schemaDifferences(null, schema)).slice(0, 2), [
    'the setting "model" is new',
    'the setting "rate" is new',
  ]);
  assert.match(
    textsOf(schemaDifferences(schema, null)).join('; '),
    /"model" is gone; .*"rate" is gone/,
  );
  assert.deepEqual(schemaDifferences(schema, structuredClone(schema)), []);
});

test('drift of a surface is explained: methods, their parameters, properties and attributes', () => {
  const method = (name: string, ...params: string[]) => ({
    name,
    signature: `(${params.join(', ')})`,
    params,
  });
  const before = {
    methods: [method('detect', 'audio'), method('reset')],
    properties: ['model'],
    attributes: [{ name: 'rate', type: 'int' }],
  };
  const after = {
    methods: [method('detect', 'audio', 'threshold'), method('train')],
    properties: ['device'],
    attributes: [{ name: 'rate', type: 'float' }],
  };
  assert.deepEqual(textsOf(surfaceDifferences(before, after)), [
    'detect(audio) is now detect(audio, threshold)',
    'the method reset() is gone',
    'the method train() is new',
    'the property device is new',
    'the property model is gone',
    'the attribute rate was int, is float',
  ]);
});

test('a number that JavaScript spells otherwise than Python is no drift', () => {
  const recorded = { properties: { weight: { default: 1 } } };
  assert.equal(
    contradicts(recorded, 'sha256:whatever', { properties: { weight: { default: 1 } } }),
    false,
  );
  assert.equal(
    contradicts(recorded, 'sha256:whatever', { properties: { weight: { default: 2 } } }),
    true,
  );
});

test('without the recorded value its hash decides, and without a hash nothing does', () => {
  const nothing = canonicalHash(null);
  assert.equal(contradicts(undefined, nothing, {}), false);
  assert.equal(contradicts(undefined, nothing, schema), true);
  assert.equal(contradicts(undefined, null, schema), false);
});

test('a worker with another SDK than the host brings is told with both versions', () => {
  const own = { version: '0.1.0', sha256: 'b' };
  assert.equal(
    sdkSkew({ version: '0.0.9', sha256: 'a' }, own),
    'runs SDK 0.0.9, this host brings 0.1.0',
  );
  assert.equal(
    sdkSkew({ version: '0.1.0', sha256: 'a' }, own),
    'runs another build of SDK 0.1.0 than this host brings',
  );
  assert.equal(sdkSkew({ version: '0.1.0', sha256: 'b' }, own), null);
  assert.equal(sdkSkew({ version: '0.1.0', sha256: null }, own), null);
});
