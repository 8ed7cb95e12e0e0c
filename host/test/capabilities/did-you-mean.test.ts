import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean } from '../../src/capabilities/index.ts';

const known = ['name', 'environment', 'source', 'adapters'];

test('a letter missing, doubled, swapped or wrong still finds the word', () => {
  for (const typo of ['enviroment', 'enviironment', 'environmnet', 'environmint']) {
    assert.equal(didYouMean(typo, known), 'did you mean "environment"?');
  }
  assert.equal(didYouMean('nmae', known), 'did you mean "name"?');
});

test('a word that is like none of them is not guessed at', () => {
  assert.equal(didYouMean('colour', known), 'known: name, environment, source, adapters');
  assert.equal(didYouMean('colour', []), undefined);
});
