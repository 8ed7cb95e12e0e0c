import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Catalog } from '../../src/compositions/composition.ts';
import { singleCall } from '../../src/compositions/index.ts';
import { parseComposition } from '../../src/compositions/parse.ts';
import { runSpec } from '../../src/compositions/run-spec.ts';
import { sequence } from '../../src/compositions/sequence.ts';
import { errorsOf, validateComposition } from '../../src/compositions/validate/validate.ts';
import { checkedSpecs, type JobRequest } from '../../src/job-requests.ts';
import { catalog as tools } from './catalog.ts';

const catalog: Catalog = {
  ...tools,
  instances: { 'text-large': 'text', 'whisper-big': 'whisper' },
};

const ask = (capability: string, more: Partial<JobRequest> = {}) =>
  checkedSpecs([{ capability, action: 'anything', ...more }], catalog);

test('a job may name a capability, which is its default instance, or one of its instances', async () => {
  const [plain] = await ask('text');
  assert.deepEqual([plain?.capability, plain?.instance], ['text', undefined]);
  const [named] = await ask('text-large');
  assert.deepEqual([named?.capability, named?.instance], ['text', 'text-large']);
  const [task] = await checkedSpecs(
    [{ capability: 'text-large', action: 'summarise', input: { prompt: 'all' } }],
    catalog,
  );
  assert.equal(task?.effects, 'idempotent');
});

test('a name that nothing has is refused with the nearest one, of capabilities and instances alike', async () => {
  await assert.rejects(ask('text-lagre'), {
    code: 'CAPABILITY_NOT_FOUND',
    message: 'unknown capability or instance "text-lagre"',
    hint: /did you mean "text-large"\?/,
  });
  await assert.rejects(ask('textt'), { code: 'CAPABILITY_NOT_FOUND', hint: /"text"/ });
  await assert.rejects(ask('constructor'), { code: 'CAPABILITY_NOT_FOUND' });
  await assert.rejects(ask('__proto__'), { code: 'CAPABILITY_NOT_FOUND' });
});

test('an instance of what is not installed is refused with the command that installs it', async () => {
  await assert.rejects(ask('whisper-big'), {
    code: 'CAPABILITY_NOT_INSTALLED',
    hint: 'run `capstan install whisper`',
  });
});

test('an action that an instance does not have is refused with those it has', async () => {
  await assert.rejects(ask('text-large', { action: 'sumarise' }), {
    code: 'ACTION_NOT_FOUND',
    hint: /did you mean "summarise"\?/,
  });
});

test('`use` of a composition and of a sequence names an instance as a job does', () => {
  const parsed = parseComposition(
    'name: notes\nnodes:\n  one: { use: text-large, action: anything }\n  two: { use: text, action: anything }',
    'notes.yaml',
  );
  assert.deepEqual(errorsOf(validateComposition(parsed, catalog)), []);
  const { nodes } = runSpec(parsed, {}, catalog);
  assert.deepEqual(
    nodes.map(({ capability, instance }) => [capability, instance]),
    [
      ['text', 'text-large'],
      ['text', undefined],
    ],
  );
  const steps = sequence('notes').step('text-large.anything').step('text.anything').build();
  const [first] = runSpec(steps, {}, catalog).nodes;
  assert.deepEqual([first?.capability, first?.instance], ['text', 'text-large']);
});

test('a misspelt instance in a composition is told with its place and the nearest name', () => {
  const composition = parseComposition(
    'name: notes\nnodes:\n  one: { use: text-larg, action: anything }',
    'notes.yaml',
  );
  const [problem] = errorsOf(validateComposition(composition, catalog));
  assert.deepEqual(problem?.path, ['nodes', 'one', 'use']);
  assert.match(problem?.hint ?? '', /did you mean "text-large"\?/);
});

test('a single call to an instance is a call to its capability', () => {
  const made = singleCall('text-large.anything', {}, catalog);
  const [node] = runSpec(made, {}, catalog).nodes;
  assert.deepEqual([node?.capability, node?.instance], ['text', 'text-large']);
});
