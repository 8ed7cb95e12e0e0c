import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '@capstan/protocol';
import { bindRunInputs } from '../../src/compositions/inputs.ts';
import { singleCall } from '../../src/compositions/single-call.ts';
import { validateComposition } from '../../src/compositions/validate/validate.ts';
import { catalog } from './catalog.ts';

test('a direct call is a composition of one node, with the inputs that were given or are required', () => {
  assert.deepEqual(singleCall('ffmpeg.convert', { rate: '8000' }, catalog), {
    name: 'ffmpeg.convert',
    inputs: { audio: { $ref: 'capstan:file' }, rate: { type: 'integer' } },
    nodes: {
      convert: {
        use: 'ffmpeg',
        action: 'convert',
        with: { audio: '${{ inputs.audio }}', rate: '${{ inputs.rate }}' },
        needs: [],
      },
    },
    outputs: { result: '${{ nodes.convert.output }}' },
    failFast: true,
  });
});

test('texts of a command line are read by the types of the action', async () => {
  const given: JsonObject = { values: '[1, 2.5]' };
  const call = singleCall('text.numbers', given, catalog);
  assert.deepEqual(await bindRunInputs(call, given, { cwd: '/' }), { values: [1, 2.5] });
  await assert.rejects(bindRunInputs(call, { values: 'one' }, { cwd: '/' }), {
    code: 'INPUT_INVALID',
    message: 'input "values" must be a list, and is "one"\n    expected a list of numbers',
  });
});

test('a method of a task is called by all three names, and what comes of it validates', () => {
  const call = singleCall('vad.voice-activity.detect', {}, catalog);
  assert.deepEqual(Object.keys(call.nodes), ['detect']);
  assert.deepEqual(validateComposition(call, catalog), []);
});

const refused: [target: string, given: JsonObject, code: string, message: RegExp, hint: RegExp][] =
  [
    [
      'ffmpg.convert',
      {},
      'CAPABILITY_NOT_FOUND',
      /unknown capability "ffmpg"/,
      /did you mean "ffmpeg"/,
    ],
    [
      'whisper.transcribe',
      {},
      'CAPABILITY_NOT_INSTALLED',
      /declared, but not installed/,
      /capstan install whisper/,
    ],
    ['ffmpeg.convrt', {}, 'ACTION_NOT_FOUND', /no action "convrt"/, /did you mean "convert"/],
    ['vad.detect', {}, 'ACTION_NOT_FOUND', /no action "detect"/, /task: voice-activity/],
    [
      'vad.voice-activity.detct',
      {},
      'ACTION_NOT_FOUND',
      /no method "detct"/,
      /did you mean "detect"/,
    ],
    ['vad', {}, 'USAGE', /does not say which action/, /it offers vad\.voice-activity\.detect/],
    ['nobody', {}, 'USAGE', /does not say which action/, /capability\.action/],
  ];
for (const [target, given, code, message, hint] of refused) {
  test(`a call of ${target} is refused as ${code}`, () => {
    assert.throws(() => singleCall(target, given, catalog), { code, message, hint });
  });
}

test('an input the action does not have is refused with those it has', () => {
  assert.throws(() => singleCall('ffmpeg.convert', { audoi: 'x' }, catalog), {
    code: 'INPUT_INVALID',
    message:
      'ffmpeg.convert has no input "audoi"\n    did you mean "audio"? inputs: audio, rate, format',
  });
});
