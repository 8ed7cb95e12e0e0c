import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseComposition } from '../../src/compositions/parse.ts';
import { handFilesWhole } from '../../src/compositions/whole-files.ts';
import { catalog } from './catalog.ts';
import { yaml } from './problems.ts';

test('the path of a file is the file where a file is taken, and text where text is', () => {
  const composition = parseComposition(
    yaml(`
      inputs: { audio: { type: file } }
      nodes:
        wav: { use: ffmpeg, action: convert, with: { audio: "\${{ inputs.audio.path }}" } }
        odd: { use: ffmpeg, action: convert, with: { audio: '\${{ nodes.wav.output["path"] }}' } }
        info: { use: ffmpeg, action: probe, with: { audio: "\${{ nodes.any.output.path }}" } }
        notes:
          use: text
          action: summarise
          with:
            prompt: "\${{ nodes.wav.output.path }}"
            files: ["\${{ nodes.wav.output.path }}", "\${{ inputs.audio }}", a.wav]
        any: { use: text, action: anything, with: { value: "\${{ nodes.wav.output.path }}" } }
      outputs: { path: "\${{ nodes.wav.output.path }}" }
    `),
    'c.yaml',
  );
  const { nodes, outputs } = handFilesWhole(composition, catalog);
  assert.deepEqual(nodes['wav']?.with, { audio: '${{ inputs.audio }}' });
  assert.deepEqual(nodes['odd']?.with, { audio: '${{ nodes.wav.output }}' });
  assert.deepEqual(nodes['info']?.with, { audio: '${{ nodes.any.output.path }}' });
  assert.deepEqual(nodes['notes']?.with, {
    prompt: '${{ nodes.wav.output.path }}',
    files: ['${{ nodes.wav.output }}', '${{ inputs.audio }}', 'a.wav'],
  });
  assert.deepEqual(nodes['any']?.with, { value: '${{ nodes.wav.output.path }}' });
  assert.deepEqual(outputs, { path: '${{ nodes.wav.output.path }}' });
});
