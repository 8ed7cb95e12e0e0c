import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  canonicalHash,
  canonicalJson,
  formatPythonJson,
  parsePythonJson,
  plainJson,
} from '../../src/capabilities/python-json.ts';

const canonical = (text: string): string => canonicalJson(parsePythonJson(text));

test('the published vectors of the witness hash hold', () => {
  const empty = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
  assert.equal(canonicalHash(null), empty);
  assert.equal(canonicalHash({}), empty);
  assert.match(canonicalHash(parsePythonJson('{"a":1.0}')), /^sha256:c29a44ab/);
  assert.match(canonicalHash(parsePythonJson('{"a":1}')), /^sha256:015abd7f/);
});

test('floats are spelt as Python spells them', () => {
  const spellings: { [written: string]: string } = {
    '1.0': '1.0',
    '1e-7': '1e-07',
    '1e16': '1e+16',
    '1E5': '100000.0',
    '1e15': '1000000000000000.0',
    '0.0001': '0.0001',
    '0.00001234': '1.234e-05',
    '-0.0': '-0.0',
    '12345.678': '12345.678',
    '5e-324': '5e-324',
    '1.7976931348623157e308': '1.7976931348623157e+308',
    '1e999': 'Infinity',
  };
  for (const [written, spelt] of Object.entries(spellings)) {
    assert.equal(canonical(`[${written}]`), `[${spelt}]`);
  }
});

test('integers have no limit, and minus zero is zero', () => {
  assert.equal(
    canonical('[123456789012345678901234567890, -0, 9007199254740993]'),
    '[123456789012345678901234567890,0,9007199254740993]',
  );
});

test('everything but printable ASCII is escaped, characters beyond the first plane as two', () => {
  assert.equal(
    canonical('["é😀\\u007f\\n\\u0001/\\""]'),
    '["\\u00e9\\ud83d\\ude00\\u007f\\n\\u0001/\\""]',
  );
});

test('keys are sorted by code point, which is not the order of UTF-16 units', () => {
  assert.equal(
    canonical('{"😀":1,"＀":2,"b":3,"B":4}'),
    '{"B":4,"b":3,"\\uff00":2,"\\ud83d\\ude00":1}',
  );
});

test('numbers keep their spelling through reading and writing', () => {
  const text =
    '{\n  "a": 1.0,\n  "b": [\n    1e-7,\n    -0.0,\n    123456789012345678901\n  ],\n  "c": {},\n  "d": []\n}';
  assert.equal(formatPythonJson(parsePythonJson(text)), text);
});

test('a key called __proto__ is a key like any other', () => {
  assert.equal(canonical('{"__proto__":{"x":1}}'), '{"__proto__":{"x":1}}');
});

test('for JavaScript’s own use numbers are plain', () => {
  assert.deepEqual(plainJson(parsePythonJson('{"a":[1.0,2.5e1]}')), { a: [1, 25] });
});
