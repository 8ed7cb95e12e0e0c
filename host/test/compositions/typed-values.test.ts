import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violations } from '../../src/compositions/schemas/validator.ts';

const segment = {
  type: 'object',
  properties: { start: { type: 'number' }, end: { type: 'number' } },
  required: ['start'],
  additionalProperties: false,
};
const schema = {
  type: 'object',
  properties: { segments: { type: 'array', items: segment } },
  additionalProperties: false,
};
const typed = (data: unknown) => ({ __wire__: 'acme.segment', data });

test('a typed value fits the schema of its fields, at any depth, and so does a plain one', () => {
  assert.deepEqual(violations(schema, { segments: [typed({ start: 1 }), { start: 2 }] }), []);
  assert.deepEqual(violations(segment, typed({ start: typed({ start: 1 }) })).length, 1);
});

test('a typed value whose fields do not fit is told by its fields', () => {
  const [found] = violations(schema, { segments: [typed({ end: 1 })] });
  assert.deepEqual(found, { path: ['segments', 0], message: 'lacks "start"' });
});

test('a file is no typed value whose fields would be looked at', () => {
  const file = { __wire__: 'capstan.file', data: { path: '/a' } };
  const path = { type: 'object', properties: { path: {} }, additionalProperties: false };
  assert.notDeepEqual(violations(path, file), []);
  assert.deepEqual(violations({ $ref: 'capstan:file' }, file), []);
});
