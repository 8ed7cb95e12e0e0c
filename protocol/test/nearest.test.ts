import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from '@capstan/protocol';

const known = ['name', 'environment', 'source', 'adapters'];

test('a letter missing, doubled, swapped or wrong still finds the word, in any case', () => {
  for (const typo of ['enviroment', 'enviironment', 'environmnet', 'environmint', 'Environmint']) {
    assert.equal(nearest(typo, known), 'environment');
  }
  assert.equal(nearest('nmae', known), 'name');
});

test('a word that is like none of them is not guessed at', () => {
  assert.equal(nearest('colour', known), null);
  assert.equal(nearest('name', []), null);
});

test('of several that are close the closest is meant', () => {
  assert.equal(nearest('transcripe', ['transcribed', 'transcribe', 'translate']), 'transcribe');
});
