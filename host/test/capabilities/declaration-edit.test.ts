import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOfCapability, withoutCapability } from '../../src/capabilities/declaration-edit.ts';
import { HostError } from '../../src/errors.ts';

const text = `# the tools of this workspace
capabilities:
  # speech to text
  - name: speech
    environment: { kind: uv, requirements: [torch] }   # large
    source: ./speech.py

  # counts
  - name: words
    environment: npm
    config:
      # how many
      most: 3
    source: ./words.ts
drift: false   # we know
`;

test('the lines of an entry are told from its dash to its last member', () => {
  assert.deepEqual(linesOfCapability(text, 'speech'), { first: 4, last: 6 });
  assert.deepEqual(linesOfCapability(text, 'words'), { first: 9, last: 14 });
  assert.equal(linesOfCapability(text, 'nothing'), null);
});

test('an entry is taken out with its lines, and every other line stays as it is, comments too', () => {
  assert.equal(withoutCapability(text, 'speech'), text.split('\n').toSpliced(3, 3).join('\n'));
  assert.equal(withoutCapability(text, 'words'), text.split('\n').toSpliced(8, 6).join('\n'));
});

test('the last entry that is taken out leaves an empty list', () => {
  const only = 'capabilities: # tools\n  - name: words\n    environment: npm\n';
  assert.equal(withoutCapability(only, 'words'), 'capabilities: [] # tools\n');
});

test('an entry that shares its line with others is taken out, and comments still stay', () => {
  const flow =
    '# mine\ncapabilities: [{ name: a, environment: npm }, { name: b, environment: uv }]\n';
  const left = withoutCapability(flow, 'a') ?? '';
  assert.match(left, /^# mine\ncapabilities:/);
  assert.match(left, /name: b/);
  assert.doesNotMatch(left, /name: a/);
  assert.equal(linesOfCapability(flow, 'a'), null);
});

test('an entry whose name stands last is found, and so is one with a dash on a line of its own', () => {
  const odd =
    'capabilities:\n  -\n    environment: npm\n    name: words\n  - name: b\n    environment: uv\n';
  assert.equal(
    withoutCapability(odd, 'words'),
    'capabilities:\n  - name: b\n    environment: uv\n',
  );
});

test('an entry that others refer to is refused, and nothing is written', () => {
  const anchored =
    'capabilities:\n  - name: a\n    environment: &e { kind: npm }\n  - name: b\n    environment: *e\n';
  assert.throws(
    () => withoutCapability(anchored, 'a'),
    (error: unknown) => error instanceof HostError && error.code === 'DECLARATION_INVALID',
  );
  assert.match(withoutCapability(anchored, 'b') ?? '', /&e/);
  assert.equal(withoutCapability(anchored, 'c'), null);
});
