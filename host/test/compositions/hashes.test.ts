import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formHash, inputsHash } from '../../src/compositions/hashes.ts';
import { parseComposition } from '../../src/compositions/parse.ts';

const file = (data: { path: string; sha256?: string; mediaType?: string }) => ({
  __wire__: 'capstan.file',
  data: { size: 3, ...data },
});

const hash = (text: string): string => formHash(parseComposition(text, 'c.yaml'));

test('files are told apart by content, not by path', () => {
  const here = inputsHash({
    a: file({ path: '/here/a.wav', sha256: 'aa', mediaType: 'audio/wav' }),
  });
  assert.equal(inputsHash({ a: file({ path: '/there/b', sha256: 'aa' }) }), here);
  assert.notEqual(inputsHash({ a: file({ path: '/here/a.wav', sha256: 'bb' }) }), here);
  assert.notEqual(inputsHash({ b: file({ path: '/here/a.wav', sha256: 'aa' }) }), here);
});

test('the order of keys and the prose do not matter to the form, everything else does', () => {
  const base = hash(
    'name: c\nnodes: { a: { use: x, action: y, with: { p: 1, q: 2 } }, b: { use: x, action: y } }\n',
  );
  assert.equal(
    hash(
      'description: d\nnodes: { b: { action: y, use: x }, a: { use: x, action: y, with: { q: 2, p: 1 } } }\nname: c\nfailFast: true\n',
    ),
    base,
  );
  assert.notEqual(
    hash(
      'name: c\nnodes: { a: { use: x, action: y, with: { p: 1, q: 3 } }, b: { use: x, action: y } }\n',
    ),
    base,
  );
  assert.notEqual(
    hash(
      'name: c\nfailFast: false\nnodes: { a: { use: x, action: y, with: { p: 1, q: 2 } }, b: { use: x, action: y } }\n',
    ),
    base,
  );
});
