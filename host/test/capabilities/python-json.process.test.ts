import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { canonicalJson, parsePythonJson } from '../../src/capabilities/python-json.ts';

const canonicalInPython = `
import json, sys
for line in sys.stdin:
    print(json.dumps(json.loads(line), sort_keys=True, separators=(",", ":")))
`;

/** Number spellings JSON allows and JavaScript would not choose, beside those it would. */
const spelling = fc.oneof(
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((value) => String(value).replace('e+', 'e')),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value.toExponential()),
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).map(String),
  fc
    .tuple(fc.integer(), fc.nat(999), fc.integer({ min: -30, max: 30 }))
    .map(([whole, part, exponent]) => `${whole}.${part}E${exponent}`),
);

const text: fc.Arbitrary<string> = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    spelling,
    fc.string({ unit: 'binary' }).map((value) => JSON.stringify(value)),
    fc.constantFrom('null', 'true', 'false'),
    fc.array(tie('node'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    fc
      .dictionary(fc.string({ unit: 'binary', maxLength: 3 }), tie('node'), { maxKeys: 4 })
      .map((members) =>
        Object.entries(members)
          .map(([key, item]) => `${JSON.stringify(key)}:${item}`)
          .join(','),
      )
      .map((members) => `{${members}}`),
  ),
})).node;

test('the canonical form equals what a real Python prints, for any JSON', () => {
  const documents = fc.sample(text, 3000);
  const python = spawnSync('python3', ['-I', '-c', canonicalInPython], {
    input: documents.join('\n'),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  assert.equal(python.status, 0, python.stderr);
  const expected = python.stdout.trimEnd().split('\n');
  assert.equal(expected.length, documents.length);
  documents.forEach((document, index) => {
    assert.equal(canonicalJson(parsePythonJson(document)), expected[index], document);
  });
});
