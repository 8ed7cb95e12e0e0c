import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkComposition } from '../../src/compositions/check.ts';
import { parseSource } from '../../src/compositions/parse.ts';
import { HostError } from '../../src/errors.ts';
import { catalog } from './catalog.ts';
import { printed, validationOf, yaml } from './problems.ts';

test('a composition in which everything fits has no problems', () => {
  assert.deepEqual(
    validationOf(
      yaml(`
        name: talk-notes
        inputs:
          audio: { type: file }
          rate: { type: integer, default: 16000 }
        nodes:
          wav:
            use: ffmpeg
            action: convert
            with: { audio: "\${{ inputs.audio }}", rate: "\${{ inputs.rate }}", format: flac }
          speech:
            use: vad
            task: voice-activity
            method: detect
            with: { audio: "\${{ nodes.wav.output }}", threshold: 0.5 }
          info: { use: ffmpeg, action: probe, with: { audio: ./jingle.wav } }
          notes:
            use: text
            action: summarise
            needs: [info]
            with:
              prompt: "Speech from \${{ nodes.speech.output.segments[0].start }} s in \${{ nodes.wav.output }}"
              limit: "\${{ nodes.info.output.channels }}"
              files: ["\${{ inputs.audio }}", "\${{ nodes.wav.output.path }}", other.wav]
          loose: { use: text, action: anything, with: { value: { deep: ["\${{ nodes.notes.output }}"] } } }
          after: { use: text, action: anything, with: { value: "\${{ nodes.loose.output.who.knows[3] }}" } }
          segments: { use: text, action: segments, with: { segments: "\${{ nodes.speech.output.segments }}" } }
          tag: { use: text, action: summarise, with: { prompt: "\${{ nodes.info.output.tags.artist }}" } }
          path: { use: text, action: summarise, with: { prompt: "\${{ inputs.audio.path }}" } }
        outputs:
          notes: "\${{ nodes.notes.output }}"
          all: { files: ["\${{ nodes.wav.output }}"], after: "\${{ nodes.after.output }}", n: "\${{ nodes.segments.output }}" }
      `),
    ),
    [],
  );
});

/** One node in a composition that has an input and other nodes to refer to; its line is the fifth. */
const withNode = (node: string): string =>
  [
    'name: c',
    'inputs: { audio: { type: file }, lang: { enum: [en, de] } }',
    'outputs: { a: "${{ inputs.audio }}", l: "${{ inputs.lang }}" }',
    'nodes:',
    `  n: ${node}`,
    '  info: { use: ffmpeg, action: probe, with: { audio: a.wav } }',
    '  speech: { use: vad, task: voice-activity, method: detect, with: { audio: a.wav } }',
    '  any: { use: text, action: anything }',
    '',
  ].join('\n');

const cases: [what: string, node: string, problems: string[]][] = [
  [
    'an unknown capability',
    '{ use: ffmpg, action: convert }',
    ['5:13 unknown capability "ffmpg" (did you mean "ffmpeg"? installed: ffmpeg, vad, text)'],
  ],
  [
    'a capability that is an inherited name of every object',
    '{ use: constructor, action: toString }',
    ['5:13 unknown capability "constructor" (installed: ffmpeg, vad, text)'],
  ],
  [
    'a capability that is declared but not installed',
    '{ use: whisper, action: transcribe }',
    ['5:13 capability "whisper" is declared, but not installed (run `capstan install whisper`)'],
  ],
  [
    'an unknown action',
    '{ use: ffmpeg, action: convrt }',
    [
      '5:29 "ffmpeg" has no action "convrt" (did you mean "convert"? actions of ffmpeg: convert, probe)',
    ],
  ],
  [
    'an action that is really the method of a task',
    '{ use: vad, action: detect }',
    [
      '5:26 "vad" has no action "detect" (it is a method of a task: write `task: voice-activity` and `method: detect`)',
    ],
  ],
  [
    'an unknown task',
    '{ use: vad, task: voice-activty, method: detect }',
    [
      '5:24 "vad" does not do the task "voice-activty" (did you mean "voice-activity"? tasks: voice-activity)',
    ],
  ],
  [
    'an unknown method',
    '{ use: vad, task: voice-activity, method: detct }',
    [
      '5:48 task "voice-activity" of "vad" has no method "detct" (did you mean "detect"? methods: detect)',
    ],
  ],
  [
    'an unknown input of the action, and the one that is missing',
    '{ use: ffmpeg, action: convert, with: { audoi: a.wav } }',
    [
      '5:38 ffmpeg.convert needs the input "audio" (file) (add it under `with`: `audio: …`)',
      '5:46 ffmpeg.convert has no input "audoi" (did you mean "audio"? inputs: audio, rate, format)',
    ],
  ],
  [
    'no inputs at all where one is required',
    '{ use: vad, task: voice-activity, method: detect }',
    [
      '5:3 vad.voice-activity.detect needs the input "audio" (file) (add it under `with`: `audio: …`)',
    ],
  ],
  [
    'constants of the wrong type, range and choice',
    '{ use: ffmpeg, action: convert, with: { audio: 3, rate: 1.5, format: mp3 } }',
    [
      '5:53 `n.audio` must be a file',
      '5:62 `n.rate` must be a whole number',
      '5:75 `n.format` must be one of "wav", "flac"',
    ],
  ],
  [
    'a constant out of range, deep inside',
    '{ use: text, action: numbers, with: { values: [1, two, 3] } }',
    ['5:56 `n.values[1]` must be a number'],
  ],
  [
    'unknown nodes and inputs',
    '{ use: text, action: summarise, with: { prompt: "${{ inputs.lnag }} ${{ nodes.infos.output }} ${{ nodes.q.output }}" } }',
    [
      '5:55 there is no input "lnag" (did you mean "lang"? inputs: audio, lang)',
      '5:74 there is no node "infos" (did you mean "info"? nodes: n, info, speech, any)',
      '5:100 there is no node "q" (nodes: n, info, speech, any)',
    ],
  ],
  [
    'a key the producer does not return',
    '{ use: text, action: summarise, with: { prompt: "${{ nodes.info.output.chanels }}" } }',
    [
      '5:55 `nodes.info.output` has no "chanels": it has only duration, channels, tags, formats (did you mean "channels"?)',
    ],
  ],
  [
    'a key of a list, an index of a number, and a part of a file that no file has',
    '{ use: text, action: anything, with: { value: ["${{ nodes.speech.output.segments.start }}", "${{ nodes.info.output.duration[0] }}", "${{ inputs.audio.name }}"] } }',
    [
      '5:54 `nodes.speech.output.segments` has no "start": it is a list; write `[0]`',
      '5:99 `nodes.info.output.duration` has no [0]: it is "number", which has no parts',
      '5:139 `inputs.audio` has no "name": it has only path, sha256, size, mediaType',
    ],
  ],
  [
    'a list into a text',
    '{ use: text, action: summarise, with: { prompt: "${{ nodes.info.output.formats }}" } }',
    [
      '5:55 `nodes.info.output.formats` (string[]) cannot feed `n.prompt` (string) (for its first item write `${{ nodes.info.output.formats[0] }}`)',
    ],
  ],
  [
    'a file into a text',
    '{ use: text, action: summarise, with: { prompt: "${{ inputs.audio }}" } }',
    [
      '5:55 `inputs.audio` (file) cannot feed `n.prompt` (string) (for the path of the file write `${{ inputs.audio.path }}`)',
    ],
  ],
  [
    'a file into a whole number',
    '{ use: ffmpeg, action: convert, with: { audio: "${{ inputs.audio }}", rate: "${{ inputs.audio }}" } }',
    ['5:83 `inputs.audio` (file) cannot feed `n.rate` (integer)'],
  ],
  [
    'a text of a file where the file itself is expected',
    '{ use: ffmpeg, action: probe, with: { audio: "${{ inputs.audio.sha256 }}" } }',
    ['5:52 `inputs.audio.sha256` (string) cannot feed `n.audio` (file)'],
  ],
  [
    'a number into a whole number, but not the other way round',
    '{ use: text, action: numbers, with: { values: ["${{ nodes.info.output.channels }}", "${{ nodes.info.output.duration }}"] } }',
    [],
  ],
  [
    'a fraction into a whole number',
    '{ use: text, action: summarise, with: { prompt: x, limit: "${{ nodes.info.output.duration }}" } }',
    ['5:65 `nodes.info.output.duration` (number) cannot feed `n.limit` (integer)'],
  ],
  [
    'one where several are expected',
    '{ use: text, action: summarise, with: { prompt: x, files: "${{ inputs.audio }}" } }',
    [
      '5:65 `inputs.audio` (file) cannot feed `n.files` (file[]) (for a list of one write `["${{ inputs.audio }}"]`)',
    ],
  ],
  [
    'lists whose items do not fit, and objects that lack what is required',
    '{ use: text, action: segments, with: { segments: [{ start: "${{ nodes.info.output.duration }}", end: "${{ nodes.info.output.formats }}" }, "${{ nodes.info.output }}"] } }',
    [
      '5:108 `nodes.info.output.formats` (string[]) cannot feed `n.segments[0].end` (number)',
      '5:146 `nodes.info.output` (object) cannot feed `n.segments[1]` (object)',
    ],
  ],
  [
    'choices of which none is taken',
    '{ use: ffmpeg, action: convert, with: { audio: a.wav, format: "${{ inputs.lang }}" } }',
    ['5:69 `inputs.lang` ("en" | "de") cannot feed `n.format` ("wav" | "flac")'],
  ],
  [
    'a mapping with a reference where a text is expected',
    '{ use: text, action: summarise, with: { prompt: { a: "${{ inputs.lang }}" } } }',
    ['5:54 `n.prompt` is a mapping, and must be text'],
  ],
  [
    'a text around a reference where a number is expected',
    '{ use: text, action: summarise, with: { prompt: x, limit: "about ${{ nodes.info.output.channels }}" } }',
    ['5:64 `n.limit` is a text, and must be a whole number'],
  ],
  [
    'an object inside a text',
    '{ use: text, action: summarise, with: { prompt: "see ${{ nodes.info.output }}" } }',
    [
      '5:59 `nodes.info.output` (object) cannot stand inside a text (let the reference be the whole value, or refer to a part of it)',
    ],
  ],
  [
    'a node to wait for that is not there',
    '{ use: text, action: anything, needs: [info, inf] }',
    ['5:51 there is no node "inf" to wait for (did you mean "info"? nodes: info, speech, any)'],
  ],
  [
    'a node that refers to itself',
    '{ use: text, action: anything, with: { value: "${{ nodes.n.output }}" } }',
    ['5:53 node "n" refers to itself'],
  ],
  [
    'a node that waits for itself',
    '{ use: text, action: anything, needs: [n] }',
    ['5:45 node "n" refers to itself'],
  ],
];
for (const [what, node, problems] of cases) {
  test(`${what}: ${problems.length === 0 ? 'fits' : 'is told with line, column and what to do'}`, () => {
    assert.deepEqual(validationOf(withNode(node)), problems);
  });
}

test('nodes that wait for each other are told as the circle they form, once', () => {
  const text = yaml(`
    name: c
    nodes:
      start: { use: text, action: anything, with: { value: "\${{ nodes.b.output }}" } }
      a: { use: text, action: anything, with: { value: ["\${{ nodes.c.output }}"] } }
      b: { use: text, action: anything, needs: [a] }
      c: { use: text, action: anything, with: { value: "\${{ nodes.b.output }}" } }
  `);
  assert.deepEqual(validationOf(text), [
    '5:45 these nodes wait for each other: b → a → c → b (an arrow means "needs"; one of them has to go)',
  ]);
});

test('an input that nothing refers to is a warning, and does not stop a run', () => {
  const source = parseSource('name: c\ninputs: { spare: { type: string } }\nnodes: {}\n', 'c.yaml');
  assert.deepEqual(printed(checkComposition(source, catalog)), [
    '2:11 warning: input "spare" is never used',
  ]);
});

test('errors are thrown together, in the order of the file, with the line each is in', () => {
  const source = parseSource(
    withNode('{ use: ffmpg, action: x }').replace('a.wav', '3'),
    'talk.yaml',
  );
  assert.throws(
    () => checkComposition(source, catalog),
    (error) => {
      assert.ok(error instanceof HostError);
      assert.equal(error.code, 'COMPOSITION_INVALID');
      assert.match(
        error.message,
        /^talk\.yaml:5:13: unknown capability "ffmpg"\n {4} {2}n: \{ use.*\n {4} {12}\^\n/,
      );
      assert.match(error.message, /talk\.yaml:6:54: `info\.audio` must be a file/);
      return true;
    },
  );
});
