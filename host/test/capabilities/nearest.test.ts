import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean, nearest } from '../../src/capabilities/nearest.ts';

const known = ['name', 'environment', 'source', 'adapters'];

test('a letter missing, doubled, swapped or wrong still finds the word', () => {
  for (const typo of ['enviroment', 'enviironment', 'environmnet', 'environmint']) {
    assert.equal(nearest(typo, known), 'environment');
  }
  assert.equal(nearest('nmae', known), 'name');
});

test('a word that is like none of them is not guessed at', () => {
  assert.equal(nearest('colour', known), null);
  assert.equal(didYouMean('colour', known), 'known: name, environment, source, adapters');
  assert.equal(didYouMean('colour', []), undefined);
});
