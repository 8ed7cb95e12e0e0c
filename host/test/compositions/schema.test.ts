import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { compositionSchema } from '../../src/compositions/schema.ts';

const published = new URL('../../schemas/composition.schema.json', import.meta.url);

test('the published schema is the one the code has', () => {
  assert.deepEqual(
    JSON.parse(readFileSync(published, 'utf8')),
    compositionSchema(),
    'write it again: node host/src/compositions/print-schema.ts',
  );
});

test('an editor with the schema tells right from wrong as validation does', () => {
  const validate = new Ajv2020({ strict: true, strictRequired: false }).compile(
    compositionSchema(),
  );
  const node = { use: 'x', action: 'y' };
  const good = [
    { name: 'c', nodes: {} },
    { nodes: {} },
    {
      $schema: './s.json',
      name: 'c',
      inputs: { a: { type: 'file' } },
      nodes: { n: node },
      outputs: { o: [1] },
    },
    {
      name: 'c',
      nodes: { n: { use: 'x', task: 't', method: 'm', with: { a: null }, needs: ['b'] } },
    },
  ];
  const bad = [
    { name: 'c' },
    { name: 'c', nodes: { n: { ...node, whit: {} } } },
    { name: 'c', nodes: { '1st': node } },
    { name: 'c', nodes: { n: { use: 'x' } } },
    { name: 'c', nodes: { n: { ...node, task: 't', method: 'm' } } },
    { name: 'c', nodes: { n: { use: 'x', task: 't' } } },
    { name: 'c', nodes: {}, failFast: 'yes' },
  ];
  for (const value of good) assert.equal(validate(value), true, JSON.stringify(value));
  for (const value of bad) assert.equal(validate(value), false, JSON.stringify(value));
});
