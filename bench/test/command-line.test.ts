import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCommandLine } from '../command-line.ts';

const wrongOf = (...args: string[]): string => {
  const asked = readCommandLine(args);
  assert.ok('wrong' in asked, 'it was understood');
  return asked.wrong;
};

test('a topic that is misspelt is answered with the one that was meant', () => {
  assert.match(
    wrongOf('--only', 'flors'),
    /^there is no topic flors; did you mean floors\? There are/,
  );
  assert.match(wrongOf('--against', 'referense'), /did you mean reference\?/);
});

test('an option that is not there is named, with where to look', () => {
  assert.match(wrongOf('--onyl', 'floors'), /--onyl.*--help/);
  assert.match(wrongOf('floors'), /floors.*--help/);
});

test('topics are measured in the order of the list, however they are asked for', () => {
  const asked = readCommandLine(['--only', 'floors', '--quick', '--against', 'none']);
  assert.ok(!('wrong' in asked), 'it was not understood');
  assert.deepEqual(asked.topics, ['floors']);
  assert.equal(asked.isWhole, false);
  assert.equal(asked.size, 'quick');
  assert.deepEqual(asked.systems, []);
});
