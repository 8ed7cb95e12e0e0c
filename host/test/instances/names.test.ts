import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  generatedId,
  looksGenerated,
  mustBeId,
  unknownInstance,
} from '../../src/instances/names.ts';

test('an id has 1 to 64 letters, digits, underscores and hyphens', () => {
  for (const id of ['a', 'A-b_3', 'x'.repeat(64)]) mustBeId(id);
  for (const id of ['', 'x'.repeat(65), 'a b', 'a.b', 'ä', '../a', 'a\n']) {
    assert.throws(() => mustBeId(id), { code: 'INPUT_INVALID' }, JSON.stringify(id));
  }
});

test('a generated id is the name of its capability and six hex digits, and is not taken', () => {
  assert.match(
    generatedId('speech', () => false),
    /^speech-[0-9a-f]{6}$/,
  );
  let asked = 0;
  const id = generatedId('speech', () => (asked += 1) < 3);
  assert.equal(asked, 3);
  mustBeId(generatedId('x'.repeat(64), () => false));
  assert.equal(looksGenerated(id, 'speech'), true);
  assert.equal(
    looksGenerated(
      generatedId('x'.repeat(64), () => false),
      'x'.repeat(64),
    ),
    true,
  );
  for (const other of ['speech', 'speech-large', 'speech-12345', 'speech-1234567', 'ocr-a1b2c3']) {
    assert.equal(looksGenerated(other, 'speech'), false, other);
  }
});

test('an unknown instance is told with the nearest one and those there are', () => {
  const { hint } = unknownInstance('spech', ['speech', 'ocr']);
  assert.equal(hint, 'did you mean "speech"? there are speech, ocr');
  assert.equal(unknownInstance('spech', []).hint, 'there is none');
});
