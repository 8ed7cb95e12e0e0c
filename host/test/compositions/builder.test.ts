import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileValue } from '@capstan/protocol';
import { composition } from '../../src/compositions/builder.ts';
import { parseComposition } from '../../src/compositions/parse.ts';
import { yaml } from './problems.ts';

test('the builder and a file make the same composition', () => {
  const talk = composition('talk-notes', { description: 'Notes of a talk', failFast: false })
    .input('audio', { type: 'file', description: 'A talk' })
    .input('rate', { type: 'integer', default: 16000 });
  const wav = talk.node<FileValue>('wav', {
    use: 'ffmpeg',
    action: 'convert',
    with: { audio: talk.inputs.audio, rate: talk.inputs.rate },
  });
  const speech = talk.node('speech', {
    use: 'vad',
    task: 'voice-activity',
    method: 'detect',
    with: { audio: wav.output },
    needs: [wav, 'wav'],
    priority: 3,
  });
  const notes = talk.node('notes', {
    use: 'text',
    action: 'summarise',
    with: {
      // oxlint-disable-next-line typescript/restrict-template-expressions -- a reference is made to stand in a text
      prompt: `${speech.output.segments[0].start} in ${wav.output.path}`,
      files: [talk.inputs.audio],
      odd: speech.output['odd key'][2],
      left: undefined,
    },
  });
  talk.output('notes', notes.output.html).output('size', { bytes: talk.inputs.audio.size });

  assert.deepEqual(
    talk.build(),
    parseComposition(
      yaml(`
        name: talk-notes
        description: Notes of a talk
        inputs:
          audio: { type: file, description: A talk }
          rate: { type: integer, default: 16000 }
        nodes:
          wav:
            use: ffmpeg
            action: convert
            with: { audio: "\${{ inputs.audio }}", rate: "\${{ inputs.rate }}" }
          speech:
            use: vad
            task: voice-activity
            method: detect
            with: { audio: "\${{ nodes.wav.output }}" }
            needs: [wav, wav]
            priority: 3
          notes:
            use: text
            action: summarise
            with:
              prompt: \${{ nodes.speech.output.segments[0].start }} in \${{ nodes.wav.output.path }}
              files: ["\${{ inputs.audio }}"]
              odd: \${{ nodes.speech.output["odd key"][2] }}
        outputs:
          notes: \${{ nodes.notes.output.html }}
          size: { bytes: "\${{ inputs.audio.size }}" }
        failFast: false
      `),
      'talk.yaml',
    ),
  );
});

test('types know the inputs, and the outputs that were given a type', () => {
  const typed = composition('typed')
    .input('audio', { type: 'file' })
    .input('lang', { type: 'string' });
  const wav = typed.node<{ wav: FileValue }>('wav', { use: 'ffmpeg', action: 'convert' });
  // @ts-expect-error -- no such input was declared
  void typed.inputs.video;
  // @ts-expect-error -- a file has no such part
  void typed.inputs.audio.colour;
  // @ts-expect-error -- the result has no such key
  void wav.output.flac;
  // @ts-expect-error -- an action or a task with its method, not both
  typed.node('both', { use: 'x', action: 'y', task: 'z', method: 'm' });
  assert.equal(String(wav.output.wav.path), '${{ nodes.wav.output.wav.path }}');
});

test('a name given twice is refused where it is given', () => {
  const twice = composition('twice').input('a', {});
  assert.throws(() => twice.input('a', {}), {
    code: 'COMPOSITION_INVALID',
    message: 'composition "twice" already has the input "a"',
  });
});

test('what a file could not say either is refused by build, with its place', () => {
  const wrong = composition('wrong');
  wrong.node('9', { use: 'x', action: 'y', with: { when: '${{ now }}' } });
  assert.throws(() => wrong.build(), {
    code: 'COMPOSITION_INVALID',
    message:
      /^composition "wrong": nodes\.9: "9" cannot name a node[^]*composition "wrong": nodes\.9\.with\.when: a reference starts with/,
  });
});
