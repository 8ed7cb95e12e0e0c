import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject, JsonSchema } from '@capstan/protocol';
import { checkConfig, dropUnknown, problemLines } from '../../../src/capabilities/index.ts';

const speech: JsonSchema = {
  type: 'object',
  properties: {
    model: { type: 'string', enum: ['tiny', 'large'], default: 'tiny' },
    rate: { type: 'integer', minimum: 8000, maximum: 48_000, default: 16_000 },
    gain: { type: 'number', exclusiveMinimum: 0 },
    words: { type: ['array', 'null'], items: { type: 'string', minLength: 2 } },
    since: { type: 'string', format: 'date' },
    decoder: {
      type: 'object',
      properties: { beams: { type: 'integer', default: 5 }, width: { type: 'number' } },
    },
  },
};

const lines = (values: JsonObject, schema = speech, lenient = false): string[] =>
  problemLines(checkConfig(values, schema, { lenient }).problems);

test('all that is wrong is told at once, each with the setting, what was found and what is allowed', () => {
  const given = {
    modell: 'tiny',
    model: 'larg',
    rate: 'fast',
    gain: 0,
    words: ['fine', 'x', 3],
    since: 'yesterday',
    decoder: { beams: 1.5, widht: 3 },
  };
  assert.deepEqual(lines(given), [
    'modell is an unknown setting (did you mean "model"?)',
    'decoder.widht is an unknown setting (did you mean "width"?)',
    'model must be one of "tiny", "large", not the text "larg" (did you mean "large"?)',
    'rate must be a whole number, not the text "fast"',
    'gain must be more than 0, not the number 0',
    'words[1] must have at least 2 characters, not the text "x"',
    'words[2] must be text, not the number 3',
    'since must be a date such as 2026-01-31, not the text "yesterday"',
    'decoder.beams must be a whole number, not the number 1.5',
  ]);
});

test('a value out of range is told the whole range', () => {
  assert.deepEqual(lines({ rate: 1 }), ['rate must be from 8000 to 48000, not the number 1']);
});

test('defaults fill in what is left out, also inside objects and lists that are there', () => {
  const schema = {
    properties: {
      rate: { type: 'integer', default: 16_000 },
      decoder: { properties: { beams: { default: 5 } } },
      voices: { type: 'array', items: { $ref: '#/$defs/voice' } },
      limits: { type: 'object', default: {}, properties: { words: { default: 9 } } },
    },
    $defs: { voice: { type: 'object', properties: { pitch: { default: 1 } } } },
  };
  const { values, problems } = checkConfig({ voices: [{}], decoder: {} }, schema, {
    lenient: false,
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(values, {
    voices: [{ pitch: 1 }],
    decoder: { beams: 5 },
    rate: 16_000,
    limits: { words: 9 },
  });
});

test('an object that is left out is not made up from the defaults inside it', () => {
  assert.deepEqual(checkConfig({}, speech, { lenient: false }).values, {
    model: 'tiny',
    rate: 16_000,
  });
});

test('a default is a copy: changing what was checked changes no schema', () => {
  const schema = { properties: { words: { default: ['a'] } } };
  const { values } = checkConfig({}, schema, { lenient: false });
  (values['words'] as string[]).push('b');
  assert.deepEqual(checkConfig({}, schema, { lenient: false }).values, { words: ['a'] });
});

test('unknown settings are dropped with a warning when lenient, at every depth, and the rest is still checked', () => {
  const given = { modle: 'x', rate: 5, decoder: { beam: 1, beams: 2 } };
  const { values, problems, warnings } = checkConfig(given, speech, { lenient: true });
  assert.deepEqual(values, { rate: 5, decoder: { beams: 2 }, model: 'tiny' });
  assert.deepEqual(problemLines(problems), ['rate must be from 8000 to 48000, not the number 5']);
  assert.deepEqual(warnings, [
    'modle is an unknown setting and is ignored (did you mean "model"?)',
    'decoder.beam is an unknown setting and is ignored (did you mean "beams"?)',
  ]);
});

test('without a schema everything passes through', () => {
  const given = { anything: [1, { at: 'all' }] };
  for (const schema of [undefined, {}]) {
    assert.deepEqual(checkConfig(given, schema, { lenient: false }), {
      values: given,
      problems: [],
      warnings: [],
    });
  }
});

test('a schema of an object without settings refuses all', () => {
  assert.deepEqual(lines({ any: 1 }, { type: 'object', properties: {} }), [
    'any is an unknown setting (there are none here)',
  ]);
});

test('a schema that allows further settings gets them, and they are checked as it says', () => {
  const open = { properties: { a: { type: 'integer' } }, additionalProperties: true };
  assert.deepEqual(lines({ a: 1, b: 2 }, open), []);
  const typed = { properties: {}, additionalProperties: { type: 'string' } };
  assert.deepEqual(lines({ b: 2 }, typed), ['b must be text, not the number 2']);
  const named = { patternProperties: { '^x-': { type: 'number' } }, additionalProperties: false };
  assert.deepEqual(lines({ 'x-a': 1, y: 2 }, named), [
    'y is an unknown setting (there are none here)',
  ]);
});

test('a setting may be declared in parts and by reference, and each part counts', () => {
  const schema = {
    allOf: [{ $ref: '#/$defs/base' }, { properties: { rate: { type: 'integer' } } }],
    $defs: { base: { properties: { model: { type: 'string' } } } },
  };
  assert.deepEqual(lines({ model: 'a', rate: 1 }, schema), []);
  assert.deepEqual(lines({ modle: 'a', rate: 'b' }, schema), [
    'modle is an unknown setting (did you mean "model"?)',
    'rate must be a whole number, not the text "b"',
  ]);
});

test('of several forms a value may have, the one that was meant is spoken of', () => {
  const size = {
    anyOf: [
      { type: 'integer', minimum: 1 },
      { type: 'object', properties: { width: { type: 'integer' } }, required: ['width'] },
      { const: 'auto' },
    ],
  };
  const schema = { properties: { size } };
  assert.deepEqual(lines({ size: 'auto' }, schema), []);
  assert.deepEqual(lines({ size: true }, schema), [
    'size must be a whole number, at least 1, or an object, or "auto", not true',
  ]);
  assert.deepEqual(lines({ size: { width: 'x' } }, schema), [
    'size.width must be a whole number, not the text "x"',
  ]);
  assert.deepEqual(lines({ size: {} }, schema), [
    'size.width is missing: it must be a whole number',
  ]);
});

test('alternatives that a member tells apart are told apart', () => {
  const shape = {
    oneOf: [
      { type: 'object', properties: { kind: { const: 'circle' }, radius: { type: 'number' } } },
      { type: 'object', properties: { kind: { const: 'square' }, side: { type: 'number' } } },
    ],
  };
  const schema = { properties: { shape } };
  assert.deepEqual(lines({ shape: { kind: 'circle', radius: 'x' } }, schema), [
    'shape.radius must be a number, not the text "x"',
  ]);
  assert.deepEqual(lines({ shape: { kind: 'line' } }, schema), [
    'shape must fit one of the 2 forms that are allowed, not an object',
  ]);
});

test('a multiple is one as people reckon, not as binary does', () => {
  const schema = { properties: { step: { type: 'number', multipleOf: 0.1 } } };
  assert.deepEqual(lines({ step: 0.3 }, schema), []);
  assert.deepEqual(lines({ step: 0.35 }, schema), [
    'step must be a multiple of 0.1, not the number 0.35',
  ]);
});

test('what is required and missing is told with what it must be', () => {
  const schema = {
    properties: { model: { type: 'string', enum: ['a', 'b'] }, rate: { type: 'integer' } },
    required: ['model', 'rate'],
  };
  assert.deepEqual(lines({}, schema), [
    'model is missing: it must be one of "a", "b"',
    'rate is missing: it must be a whole number',
  ]);
});

test('draft 7 is read as draft 7, and draft 2020-12 as itself', () => {
  const draft7 = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    properties: { pair: { type: 'array', items: [{ type: 'string' }, { type: 'integer' }] } },
    definitions: {},
  };
  assert.deepEqual(lines({ pair: ['a', 'b'] }, draft7), [
    'pair[1] must be a whole number, not the text "b"',
  ]);
  const draft2020 = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    properties: { pair: { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }] } },
  };
  assert.deepEqual(lines({ pair: ['a', 'b'] }, draft2020), [
    'pair[1] must be a whole number, not the text "b"',
  ]);
});

test('formats are checked, and those that only describe are not', () => {
  const schema = {
    properties: {
      url: { type: 'string', format: 'uri' },
      at: { type: 'string', format: 'date-time' },
      colour: { type: 'string', format: 'color' },
    },
  };
  assert.deepEqual(
    lines({ url: 'https://a.org/b', at: '2026-01-31T10:00:00Z', colour: '?' }, schema),
    [],
  );
  assert.deepEqual(lines({ url: 'nowhere', at: '2026-02-30T10:00:00Z' }, schema), [
    'url must be a URL such as https://example.org, not the text "nowhere"',
    'at must be a date and time such as 2026-01-31T12:30:00Z, not the text "2026-02-30T10:00:00Z"',
  ]);
});

test('of many choices the first ones are listed, and a long value is cut', () => {
  const many = Array.from({ length: 5000 }, (_, i) => `voice-${i}`);
  const [line = ''] = lines({ voice: 'x'.repeat(5000) }, { properties: { voice: { enum: many } } });
  assert.match(line, /"voice-11", and 4988 more, not the text "xxx/);
  assert.ok(line.length < 500);
});

test('keywords of an author’s own are no mistake', () => {
  const schema = { properties: { model: { type: 'string', reloadTrigger: 'model', 'x-unit': 1 } } };
  assert.deepEqual(lines({ model: 'a' }, schema), []);
});

test('a default that does not fit its own schema is warned of and passed on, for its author knows the tool', () => {
  const schema = {
    properties: {
      rate: { type: 'integer', default: 'fast' },
      device: { type: 'string', default: null },
    },
  };
  for (const given of [{}, { rate: 'fast', device: null }]) {
    const { values, problems, warnings } = checkConfig(given, schema, { lenient: false });
    assert.deepEqual(values, { rate: 'fast', device: null });
    assert.deepEqual(problems, []);
    assert.deepEqual(warnings, [
      'rate must be a whole number, not the text "fast"; that is its own default, and is passed on',
      'device must be text, not null; that is its own default, and is passed on',
    ]);
  }
  assert.equal(checkConfig({ rate: 'slow' }, schema, { lenient: false }).problems.length, 1);
});

test('what was recorded and is not known any more is dropped at any depth, and the rest kept as it was', () => {
  const recorded = { model: 'tiny', old: 1, decoder: { beams: 1, beam: 2 } };
  assert.deepEqual(dropUnknown(recorded, speech), {
    values: { model: 'tiny', decoder: { beams: 1 } },
    unknown: ['old', 'decoder.beam'],
  });
  assert.deepEqual(dropUnknown(recorded, undefined), { values: recorded, unknown: [] });
  const unusable = { properties: { a: { pattern: '(' } } };
  assert.deepEqual(dropUnknown(recorded, unusable), { values: recorded, unknown: [] });
});
