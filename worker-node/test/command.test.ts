import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCommandDeclaration } from '@capstan/worker/command';
import { expandArguments } from '../src/command/arguments.ts';
import { ProgressReader } from '../src/command/progress.ts';
import { InputFile, OutputFile } from '../src/files.ts';

const ffmpeg = {
  name: 'ffmpeg',
  executable: 'ffmpeg',
  version: { argv: ['-version'], pattern: String.raw`ffmpeg version (\S+)` },
  actions: {
    convert: {
      effects: 'pure',
      inputs: {
        audio: { type: 'file' },
        rate: { type: 'integer', default: 16_000 },
        filter: { type: 'string', optional: true },
      },
      outputs: {
        wav: { type: 'file', path: '${{ inputs.audio.stem }}.wav', mediaType: 'audio/wav' },
      },
      returns: 'wav',
      argv: [
        '-i',
        '${{ inputs.audio }}',
        { when: 'inputs.filter', argv: ['-af', '${{ inputs.filter }}'] },
        '-ar',
        '${{ inputs.rate }}',
        '${{ outputs.wav }}',
      ],
      progress: {
        from: 'stderr',
        total: String.raw`Duration: (\d+):(\d+):([\d.]+)`,
        pattern: String.raw`time=(\d+):(\d+):([\d.]+)`,
      },
      exitCodes: { 1: { category: 'input', message: 'ffmpeg could not read the file' } },
    },
  },
};

const changed = (change: object, root: object = {}): unknown => ({
  ...ffmpeg,
  ...root,
  actions: { convert: { ...ffmpeg.actions.convert, ...change } },
});

test('a complete declaration has no problems', () => {
  assert.deepEqual(checkCommandDeclaration(ffmpeg), []);
});

test('every problem is found at once, with its place and the nearest known name', () => {
  const problems = checkCommandDeclaration(
    changed({ efects: 'pure', returns: 'wave' }, { executible: 'x' }),
  );
  assert.deepEqual(
    problems.map(({ path, message, hint }) => [path.join('.'), message, hint]),
    [
      ['executible', '"executible" is unknown', 'did you mean "executable"?'],
      ['actions.convert.efects', '"efects" is unknown', 'did you mean "effects"?'],
      ['actions.convert.returns', 'there is no output wave', 'did you mean "wav"?'],
    ],
  );
});

const wrong: [why: string, declaration: unknown, place: string, message: RegExp][] = [
  ['not a mapping', 7, '', /must be a mapping/],
  ['no actions', { ...ffmpeg, actions: {} }, 'actions', /at least one/],
  ['a name with spaces', { ...ffmpeg, name: 'my tool' }, 'name', /letters/],
  [
    'an unknown input',
    changed({ argv: ['${{ inputs.adio }}'] }),
    'actions.convert.argv.0',
    /no inputs\.adio/,
  ],
  ['an unknown root', changed({ argv: ['${{ node.x }}'] }), 'actions.convert.argv.0', /begin with/],
  [
    'an unknown part',
    changed({ argv: ['${{ inputs.audio.stemm }}'] }),
    'actions.convert.argv.0',
    /no such part/,
  ],
  [
    'an optional input outside of its condition',
    changed({ argv: ['${{ inputs.filter }}'] }),
    'actions.convert.argv.0',
    /when: inputs\.filter/,
  ],
  [
    'a condition on nothing',
    changed({ argv: [{ when: 'inputs.x', argv: [] }] }),
    'actions.convert.argv.0.when',
    /names an input/,
  ],
  [
    'a broken pattern',
    changed({ progress: { from: 'stderr', pattern: '(' } }),
    'actions.convert.progress.pattern',
    /group/i,
  ],
  [
    'a time without a total',
    changed({ progress: { from: 'stderr', pattern: '(a)(b)(c)' } }),
    'actions.convert.progress.pattern',
    /total/,
  ],
  [
    'an exit code of success',
    changed({ exitCodes: { 0: { category: 'input', message: 'x' } } }),
    'actions.convert.exitCodes.0',
    /1 to 255/,
  ],
  [
    'a list inside of text',
    changed({
      inputs: { xs: { type: 'array' } },
      outputs: {},
      returns: undefined,
      argv: ['a ${{ inputs.xs }}'],
    }),
    'actions.convert.argv.0',
    /argument of its own/,
  ],
];
for (const [why, declaration, place, message] of wrong) {
  test(`a declaration is refused for ${why}`, () => {
    const problems = checkCommandDeclaration(declaration);
    const found = problems.find(({ path }) => path.join('.') === place);
    assert.match(found?.message ?? JSON.stringify(problems), message);
  });
}

test('templates stay one argument whatever is in them, and lists become several', () => {
  const scope = {
    inputs: {
      audio: new InputFile({ path: '/in/my talk.wav' }),
      rate: 16_000,
      title: '; rm -rf "$HOME"',
      all: [new InputFile({ path: '/in/a' }), new InputFile({ path: '/in/b' })],
      none: [],
    },
    outputs: { wav: new OutputFile('/calls/1/my talk.wav', 'audio/wav') },
  };
  const argv = [
    '${{ inputs.audio }}',
    'title=${{ inputs.title }}',
    '${{ inputs.all }}',
    '${{inputs.none}}',
    '${{ inputs.audio.stem }}-${{ inputs.rate }}${{ inputs.audio.extension }}',
    7,
    { when: 'inputs.missing', argv: ['--never'] },
    { when: 'inputs.rate', argv: ['-ar', '${{ inputs.rate }}'] },
    '${{ outputs.wav }}',
  ];
  assert.deepEqual(expandArguments(argv, scope), [
    '/in/my talk.wav',
    'title=; rm -rf "$HOME"',
    '/in/a',
    '/in/b',
    'my talk-16000.wav',
    '7',
    '-ar',
    '16000',
    '/calls/1/my talk.wav',
  ]);
});

test('progress is a time over a total, or a number over its scale', () => {
  const times = new ProgressReader({
    from: 'stderr',
    total: String.raw`Duration: (\d+):(\d+):([\d.]+)`,
    pattern: String.raw`time=(\d+):(\d+):([\d.]+)`,
  });
  assert.equal(times.read('size=1 time=00:00:30.00'), null);
  assert.equal(times.read('  Duration: 00:02:00.00, start: 0'), null);
  assert.equal(times.read('size=1 time=00:00:30.00'), 0.25);
  assert.equal(times.read('time=01:00:00.00'), 1);
  const percent = new ProgressReader({ from: 'stdout', pattern: String.raw`(\d+)%`, scale: 100 });
  assert.equal(percent.read('at 40% now'), 0.4);
  assert.equal(percent.read('nothing'), null);
});
