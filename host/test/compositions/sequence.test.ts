import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formHash } from '../../src/compositions/hashes.ts';
import { parseComposition } from '../../src/compositions/parse.ts';
import { sequence, uniform } from '../../src/compositions/sequence.ts';
import { validateComposition } from '../../src/compositions/validate/validate.ts';
import { catalog } from './catalog.ts';
import { FakeHost } from './fake-host.ts';
import { yaml } from './problems.ts';

/** A sequence is nothing but the composition somebody would have written, down to its hash. */
function assertSame(made: ReturnType<typeof parseComposition>, text: string): void {
  const written = parseComposition(yaml(text), 'c.yaml');
  assert.deepEqual(made, written);
  assert.equal(formHash(made), formHash(written));
}

test('a sequence is the composition of its steps, each after the one before', () => {
  const made = sequence('notes', { description: 'Notes of a talk', failFast: false })
    .input('audio', { type: 'file' })
    .step('ffmpeg.convert', ({ inputs }) => ({ audio: inputs.audio, rate: 16_000 }))
    .step('vad.voice-activity.detect', ({ previous }) => ({ audio: previous }), {
      id: 'speech',
      retry: { attempts: 3 },
    })
    .step('text.anything', { value: 'nothing of it is used' })
    .step('text.segments', ({ steps }) => ({ segments: steps['speech'].segments }))
    .step('text.anything', ({ previous, steps }) => ({ value: [previous, steps['convert']] }));
  assertSame(
    made.build(),
    `
      name: notes
      description: Notes of a talk
      failFast: false
      inputs: { audio: { type: file } }
      nodes:
        convert: { use: ffmpeg, action: convert, with: { audio: "\${{ inputs.audio }}", rate: 16000 } }
        speech:
          use: vad
          task: voice-activity
          method: detect
          with: { audio: "\${{ nodes.convert.output }}" }
          retry: { attempts: 3 }
        anything: { use: text, action: anything, with: { value: nothing of it is used }, needs: [speech] }
        segments: { use: text, action: segments, with: { segments: "\${{ nodes.speech.output.segments }}" }, needs: [anything] }
        anything-2: { use: text, action: anything, with: { value: ["\${{ nodes.segments.output }}", "\${{ nodes.convert.output }}"] } }
      outputs: { result: "\${{ nodes.anything-2.output }}" }
    `,
  );
  assert.deepEqual(validateComposition(made.build(), catalog), []);
});

test('a step on several instances goes side by side, and the next waits for all of them', () => {
  const made = sequence('compare')
    .input('prompt', { type: 'string' })
    .step(['small.summarise', 'large.summarise'], ({ inputs }) => ({ prompt: inputs.prompt }))
    .step('text.anything', ({ previous }) => ({ value: previous }))
    .step(['text.anything', 'text.summarise'], { prompt: 'x' }, { id: 'both' })
    .output('first', ({ steps }) => steps['summarise'][0])
    .output('both', ({ previous }) => previous);
  assertSame(
    made.build(),
    `
      name: compare
      inputs: { prompt: { type: string } }
      nodes:
        summarise-small: { use: small, action: summarise, with: { prompt: "\${{ inputs.prompt }}" } }
        summarise-large: { use: large, action: summarise, with: { prompt: "\${{ inputs.prompt }}" } }
        anything: { use: text, action: anything, with: { value: ["\${{ nodes.summarise-small.output }}", "\${{ nodes.summarise-large.output }}"] } }
        both-1: { use: text, action: anything, with: { prompt: x }, needs: [anything] }
        both-2: { use: text, action: summarise, with: { prompt: x }, needs: [anything] }
      outputs:
        first: \${{ nodes.summarise-small.output }}
        both: ["\${{ nodes.both-1.output }}", "\${{ nodes.both-2.output }}"]
    `,
  );
});

test('one call with many inputs is a composition of its own, and a step of another', () => {
  assertSame(
    uniform('ffmpeg.convert', [{ audio: 'a.wav' }, { audio: 'b.wav' }], { failFast: false }),
    `
      name: ffmpeg.convert
      failFast: false
      nodes:
        convert-1: { use: ffmpeg, action: convert, with: { audio: a.wav } }
        convert-2: { use: ffmpeg, action: convert, with: { audio: b.wav } }
      outputs: { result: ["\${{ nodes.convert-1.output }}", "\${{ nodes.convert-2.output }}"] }
    `,
  );
  const made = sequence('all')
    .step('ffmpeg.convert', [{ audio: 'a.wav' }, { audio: 'b.wav' }])
    .step('text.summarise', ({ previous }) => ({ prompt: 'which is better?', files: previous }));
  const built = made.build();
  assert.deepEqual(built.nodes['summarise']?.with['files'], [
    '${{ nodes.convert-1.output }}',
    '${{ nodes.convert-2.output }}',
  ]);
  assert.deepEqual(built, made.build(), 'building twice makes no second output');
  assert.deepEqual(validateComposition(built, catalog), []);
});

test('what a sequence cannot mean is refused where it is written', () => {
  const wrong = { code: 'COMPOSITION_INVALID' };
  assert.throws(() => sequence('s').step('ffmpeg', {}), {
    ...wrong,
    message: 'sequence "s": "ffmpeg" does not say which action to call',
    hint: 'write `capability.action`, or `capability.task.method`',
  });
  assert.throws(() => sequence('s').step('a.b', ({ previous }) => ({ x: previous })), {
    ...wrong,
    message: 'sequence "s": the first step has no previous one',
  });
  assert.throws(() => sequence('s').step('a.b', {}, { id: 'x' }).step('a.c', {}, { id: 'x' }), {
    ...wrong,
    message: 'sequence "s": it already has the step "x"',
  });
  const typo = sequence('s').step('ffmpeg.convrt', { audio: 'a.wav' }).build();
  assert.match(validateComposition(typo, catalog)[0]?.message ?? '', /no action "convrt"/);
});

test('a sequence runs as any composition does', async (t) => {
  const host = await FakeHost.open(t);
  const made = sequence('steps')
    .input('n', { type: 'integer' })
    .step('tool.do', ({ inputs }) => ({ value: inputs.n }))
    .step('tool.work.do', [{ value: 'a' }, { value: 'b' }], { id: 'many' })
    .step('tool.do', ({ previous }) => ({ value: previous }), { id: 'last' });
  const { runId } = await host.runs.submit(made.build(), { n: 3 }, { resume: false, cwd: '/' });
  await host.untilBegun('do');
  assert.deepEqual([host.begun, host.inputs.get('do')], [['do'], { value: 3 }]);
  host.complete('do', 1);
  await host.untilBegun('many-1', 'many-2');
  host.complete('many-2', 'B');
  host.complete('many-1', 'A');
  await host.untilBegun('last');
  assert.deepEqual(host.inputs.get('last'), { value: ['A', 'B'] });
  host.complete('last', 'done');
  assert.deepEqual((await host.runs.finished(runId)).outputs, { result: 'done' });
});
