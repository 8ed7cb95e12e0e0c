import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configError } from '../../../src/capabilities/config/index.ts';
import { parseWorkspace } from '../../../src/capabilities/declaration.ts';

const schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: {
    model: { type: 'string', enum: ['small', 'large'] },
    rate: { type: 'integer', minimum: 8000 },
    words: { type: ['array', 'null'], items: { type: 'string' } },
  },
};

function check(...config: string[]) {
  const text = [
    'capabilities:',
    '  - name: a',
    '    environment: uv',
    '    source: x',
    '    config:',
  ];
  const [declaration] = parseWorkspace([...text, ...config].join('\n'), 'capstan.yaml');
  assert.ok(declaration);
  return configError(declaration, schema, 'capstan.yaml');
}

test('settings that the schema allows are accepted', () => {
  assert.equal(check('      model: small', '      rate: 16000', '      words: null'), null);
  assert.equal(check('      {}'), null);
});

test('unknown settings, wrong types and values out of range are all told, each at its place', () => {
  const error = check(
    '      modell: small',
    '      model: huge',
    '      rate: 10',
    '      words: [1]',
  );
  assert.equal(error?.code, 'CONFIG_INVALID');
  assert.deepEqual(error?.message.split('\n'), [
    'capstan.yaml:6:15: config.modell is an unknown setting (did you mean "model"?)',
    'capstan.yaml:7:14: config.model must be one of "small", "large", not the text "huge"',
    'capstan.yaml:8:13: config.rate must be at least 8000, not the number 10',
    'capstan.yaml:9:15: config.words[0] must be text, not the number 1',
  ]);
});

test('a capability without a schema takes any settings', () => {
  const [declaration] = parseWorkspace(
    'capabilities: [{ name: a, environment: uv, source: x, config: { anything: 1 } }]',
    'capstan.yaml',
  );
  assert.ok(declaration);
  assert.equal(configError(declaration, undefined, 'capstan.yaml'), null);
});

test('the settings of an instance are checked on top of those of its capability, at their own place', () => {
  const text = `
capabilities:
  - name: a
    environment: uv
    source: x
    config: { rate: 16000 }
    instances:
      second: { config: { model: large } }
      third: { config: { modl: large, rate: 1 } }
      fourth:
`;
  const [declaration] = parseWorkspace(text, 'capstan.yaml');
  assert.ok(declaration);
  assert.deepEqual(configError(declaration, schema, 'capstan.yaml')?.message.split('\n'), [
    'capstan.yaml:9:32: instances.third.config.modl is an unknown setting (did you mean "model"?)',
    'capstan.yaml:9:45: instances.third.config.rate must be at least 8000, not the number 1',
  ]);
});

test('a mistake of the capability is told once, not once more for each instance', () => {
  const text = `
capabilities:
  - { name: a, environment: uv, source: x, config: { rate: 1 }, instances: { b: , c: { config: { model: large } } } }
`;
  const [declaration] = parseWorkspace(text, 'capstan.yaml');
  assert.ok(declaration);
  assert.equal(configError(declaration, schema, 'capstan.yaml')?.message.split('\n').length, 1);
});

test('a lenient capability may be given settings it does not know, but no wrong values', () => {
  const text = (config: string) => `
capabilities:
  - { name: a, environment: uv, source: x, lenient: true, config: ${config} }
`;
  const [fine] = parseWorkspace(text('{ old: 1 }'), 'capstan.yaml');
  assert.ok(fine);
  assert.equal(configError(fine, schema, 'capstan.yaml'), null);
  const [wrong] = parseWorkspace(text('{ old: 1, rate: 1 }'), 'capstan.yaml');
  assert.ok(wrong);
  assert.match(configError(wrong, schema, 'capstan.yaml')?.message ?? '', /rate must be at least/);
});
