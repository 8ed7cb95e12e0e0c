import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { workspaceJsonSchema } from '../../src/capabilities/schema.ts';

test('the JSON Schema published for editors is the one that is enforced', () => {
  const published: unknown = JSON.parse(
    readFileSync(new URL('../../schemas/capstan.schema.json', import.meta.url), 'utf8'),
  );
  assert.deepEqual(
    published,
    JSON.parse(JSON.stringify(workspaceJsonSchema())),
    'write it anew: node host/test/capabilities/write-schema.ts',
  );
});
