import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject, JsonSchema } from '@capstan/protocol';
import { assignedSettings, settingsIn } from '../../../src/capabilities/index.ts';

const schema: JsonSchema = {
  properties: {
    model: { type: 'string', enum: ['5', 'large'] },
    rate: { type: 'integer' },
    gain: { type: ['number', 'null'] },
    loud: { type: 'boolean' },
    language: { type: ['string', 'null'] },
    words: { type: 'array', items: { type: 'string' } },
    scores: { type: 'array', items: { type: 'integer' } },
    level: { enum: [1, 2, 'max'] },
    decoder: { $ref: '#/$defs/decoder' },
    'a.b': { type: 'integer' },
    any: {},
  },
  $defs: {
    decoder: {
      type: 'object',
      properties: { beams: { type: 'integer' }, mode: { type: 'string' } },
    },
  },
};

const typed = (texts: { [name: string]: string }, present: JsonObject = {}): JsonObject =>
  assignedSettings(
    Object.entries(texts).map(([name, text]) => ({ name, text })),
    schema,
    present,
  );

test('a text becomes what its setting is declared to be', () => {
  assert.deepEqual(
    typed({
      model: '5',
      rate: '16000',
      gain: '-1.5e2',
      loud: 'true',
      language: 'null',
      words: 'a, b,c',
      scores: '1,2',
      level: '2',
      decoder: '{"beams": 3}',
      'a.b': '7',
      any: '12',
    }),
    {
      model: '5',
      rate: 16_000,
      gain: -150,
      loud: true,
      language: 'null',
      words: ['a', 'b', 'c'],
      scores: [1, 2],
      level: 2,
      decoder: { beams: 3 },
      'a.b': 7,
      any: '12',
    },
  );
  assert.deepEqual(typed({ gain: 'null', words: '', scores: '[3, 4]', level: 'max' }), {
    gain: null,
    words: [],
    scores: [3, 4],
    level: 'max',
  });
});

test('a text that cannot be read as its type stays one, for the check to refuse', () => {
  assert.deepEqual(typed({ rate: 'fast', loud: 'yes', scores: '1,x', decoder: '[1]' }), {
    rate: 'fast',
    loud: 'yes',
    scores: [1, 'x'],
    decoder: '[1]',
  });
  assert.deepEqual(typed({ rate: '12345678901234567890' }), { rate: '12345678901234567890' });
});

test('a name with dots changes one member of the object that is set', () => {
  const present = { decoder: { beams: 5, mode: 'x' } };
  assert.deepEqual(typed({ 'decoder.beams': '9' }, present), { decoder: { beams: 9, mode: 'x' } });
  assert.deepEqual(typed({ 'decoder.beams': '9', 'decoder.mode': '1' }), {
    decoder: { beams: 9, mode: '1' },
  });
  assert.deepEqual(typed({ 'decodr.beams': '9' }), { 'decodr.beams': '9' });
});

test('JSON is taken as it is', () => {
  const given = [{ name: 'language', value: null }];
  assert.deepEqual(assignedSettings(given, schema, {}), { language: null });
});

test('a file of settings is YAML or JSON, and what is wrong in it is told with its line', () => {
  assert.deepEqual(settingsIn('model: large\nwords: [a]\n', 'f'), { model: 'large', words: ['a'] });
  assert.deepEqual(settingsIn('{"rate": 1}', 'f'), { rate: 1 });
  assert.throws(() => settingsIn('a: [1', 'f.yaml'), {
    code: 'CONFIG_INVALID',
    message: /f\.yaml:1:/,
  });
  assert.throws(() => settingsIn('- a', 'f'), { message: /must be a mapping of settings/ });
  assert.throws(() => settingsIn('', 'f'), { message: /must be a mapping of settings/ });
});
