import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readWorkspace } from '../../src/capabilities/index.ts';
import { tracebacksIn } from '../../src/capabilities/tracebacks.ts';
import { temporaryFolder } from '../workers/fixtures.ts';

const declared = async (root: string, yaml: string): Promise<string[]> => {
  writeFileSync(join(root, 'capstan.yaml'), yaml);
  const { capabilities } = await readWorkspace(root);
  return capabilities.map(({ tracebacks }) => tracebacks);
};

test('what of exceptions leaves a worker is said for all capabilities or for one, and is all unless said', async (t) => {
  const root = temporaryFolder(t);
  const one = '{ name: a, environment: npm, source: ./a.mjs }';
  assert.deepEqual(await declared(root, `capabilities: [${one}]`), ['full']);
  const two = '{ name: b, environment: npm, source: ./b.mjs, tracebacks: none }';
  const yaml = `tracebacks: repr-only\ncapabilities: [${one}, ${two}]`;
  assert.deepEqual(await declared(root, yaml), ['repr-only', 'none']);
  await assert.rejects(declared(root, 'tracebacks: some\ncapabilities: []'), {
    code: 'DECLARATION_INVALID',
  });
});

test('CAPSTAN_TRACEBACKS says it for all, and a word that it does not know is refused with those it does', () => {
  assert.equal(tracebacksIn({}), undefined);
  assert.equal(tracebacksIn({ CAPSTAN_TRACEBACKS: '' }), undefined);
  assert.equal(tracebacksIn({ CAPSTAN_TRACEBACKS: 'none' }), 'none');
  assert.throws(() => tracebacksIn({ CAPSTAN_TRACEBACKS: 'some' }), {
    code: 'USAGE',
    hint: /full, repr-only, none/,
  });
});
