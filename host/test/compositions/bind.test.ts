import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from '@capstan/protocol';
import { bind } from '../../src/compositions/bind.ts';
import { HostError } from '../../src/errors.ts';

const wav = { __wire__: 'capstan.file', data: { path: '/a/talk.wav', sha256: 'ab', size: 3 } };
const segments = [{ start: 0.5, 'odd key': 'yes', '0': 'zero' }, { start: 2 }];
const inputs: JsonObject = { audio: wav, lang: 'en', rate: 16000, loud: false, nothing: null };
const outputs: JsonObject = {
  vad: { segments },
  table: { __wire__: 'other.table', data: { rows: [[1, 2]] } },
};
const scope = {
  inputs,
  outputOf(id: string): Json {
    const output = outputs[id];
    assert.ok(output !== undefined);
    return output;
  },
};

const bound: [template: Json, value: Json][] = [
  ['${{ inputs.audio }}', wav],
  ['${{ inputs.audio.path }}', '/a/talk.wav'],
  ['${{ inputs.rate }}', 16000],
  ['${{ inputs.nothing }}', null],
  ['${{ nodes.vad.output.segments }}', segments],
  ['${{ nodes.vad.output.segments[1].start }}', 2],
  ['${{ nodes.vad.output.segments.0["odd key"] }}', 'yes'],
  ['${{ nodes.vad.output.segments[0].0 }}', 'zero'],
  ['${{ nodes.table.output.rows[0][1] }}', 2],
  [
    '${{ inputs.lang }}-${{ inputs.rate }} ${{ inputs.loud }} ${{ inputs.audio }}',
    'en-16000 false /a/talk.wav',
  ],
  ['$${{ inputs.lang }} is ${{ inputs.lang }}', '${{ inputs.lang }} is en'],
  ['plain', 'plain'],
  [
    { deep: [{ a: '${{ inputs.lang }}', n: 3 }, true, null] },
    { deep: [{ a: 'en', n: 3 }, true, null] },
  ],
];
for (const [template, value] of bound) {
  test(`${JSON.stringify(template)} becomes ${JSON.stringify(value).slice(0, 60)}`, () => {
    assert.deepEqual(bind(template, scope), value);
  });
}

const unresolved: [template: string, message: string][] = [
  ['${{ inputs.missing }}', '${{ inputs.missing }} leads nowhere: the run has no input "missing"'],
  [
    '${{ inputs.toString }}',
    '${{ inputs.toString }} leads nowhere: the run has no input "toString"',
  ],
  [
    '${{ inputs.audio.name }}',
    '${{ inputs.audio.name }} leads nowhere: inputs.audio has no "name"; it is a file with path, sha256, size',
  ],
  [
    '${{ nodes.vad.output.segment }}',
    '${{ nodes.vad.output.segment }} leads nowhere: nodes.vad.output has no "segment"; it has segments',
  ],
  [
    '${{ nodes.vad.output.segments[2].start }}',
    '${{ nodes.vad.output.segments[2].start }} leads nowhere: nodes.vad.output.segments is a list of 2 items, so it has no [2]',
  ],
  [
    '${{ nodes.vad.output.segments.start }}',
    '${{ nodes.vad.output.segments.start }} leads nowhere: nodes.vad.output.segments is a list of 2 items, so it has no "start"; write [0]',
  ],
  [
    '${{ inputs.lang.code }}',
    '${{ inputs.lang.code }} leads nowhere: inputs.lang is "en", which has no parts',
  ],
  [
    '${{ inputs.nothing.at.all }}',
    '${{ inputs.nothing.at.all }} leads nowhere: inputs.nothing is null, which has no parts',
  ],
  [
    'see ${{ nodes.vad.output }}',
    '${{ nodes.vad.output }} leads nowhere: it is an object, which cannot stand inside a text',
  ],
  [
    'see ${{ inputs.nothing }}',
    '${{ inputs.nothing }} leads nowhere: it is null, which cannot stand inside a text',
  ],
];
for (const [template, message] of unresolved) {
  test(`${template} is unresolved, and says what was there instead`, () => {
    assert.throws(
      () => bind(template, scope),
      (error) => {
        assert.ok(error instanceof HostError);
        assert.equal(error.code, 'REFERENCE_UNRESOLVED');
        assert.equal(error.message, message);
        return true;
      },
    );
  });
}

test('a value that was bound is not read as a template again', () => {
  assert.equal(
    bind('${{ inputs.x }}', { inputs: { x: '${{ inputs.y }}' }, outputOf: () => null }),
    '${{ inputs.y }}',
  );
});
