import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configError } from '../../src/capabilities/config/index.ts';
import { parseWorkspace } from '../../src/capabilities/declaration.ts';

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
    'capstan.yaml:6:15: config: unknown setting "modell" (did you mean "model"?)',
    'capstan.yaml:7:14: config.model must be one of small, large',
    'capstan.yaml:8:13: config.rate must be >= 8000',
    'capstan.yaml:9:15: config.words.0 must be string',
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
