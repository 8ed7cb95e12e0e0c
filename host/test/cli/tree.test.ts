import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Composition, HostEvent } from '../../src/cli/runtime.ts';
import { changes } from '../../src/cli/tree/changes.ts';
import { graft, plant } from '../../src/cli/tree/plant.ts';
import { reduce } from '../../src/cli/tree/reduce.ts';
import { type Canvas, render } from '../../src/cli/tree/render.ts';
import type { Tree } from '../../src/cli/tree/tree.ts';
import { at, ms, nodeEvent, phase, progress, runEvent, runId } from './events.ts';

const notes: Composition = {
  name: 'talk-notes',
  inputs: {},
  nodes: {
    wav: { use: 'ffmpeg', action: 'convert', with: {}, needs: [] },
    speech: {
      use: 'vad',
      task: 'voice',
      method: 'detect',
      with: { audio: ['${{ nodes.wav.output.path }}'] },
      needs: [],
    },
    text: { use: 'asr', action: 'transcribe', with: {}, needs: ['wav', 'speech'] },
  },
  outputs: {},
  failFast: true,
};

const submitted: Tree = { ...plant(notes, ms(0)), runId, state: 'running' };
const grow = (events: HostEvent[], from = submitted, seconds = 9): Tree =>
  events.reduce((tree, event) => reduce(tree, event, ms(seconds)), from);

const canvas: Canvas = { columns: 80, rows: 40, color: false, unicode: true, nowMs: ms(9) };
const ascii: Canvas = { ...canvas, unicode: false };
const picture = (tree: Tree, over: Partial<Canvas> = {}): string[] =>
  render(tree, { ...ascii, ...over });

const wavRuns = [
  nodeEvent('job_submitted', 'wav', 0),
  nodeEvent('job_started', 'wav', 1, { attempt: 1 }),
];
const wavDone = [...wavRuns, nodeEvent('job_finished', 'wav', 3.4, { state: 'completed' })];

const pictures: { what: string; events: HostEvent[]; lines: string[] }[] = [
  {
    what: 'a run that was just submitted shows who waits for whom',
    events: [],
    lines: [
      'talk-notes - 0 of 3 - 9.0s - run_1',
      ' . wav     ffmpeg.convert',
      ' . speech  vad.voice.detect           waits for wav',
      ' . text    asr.transcribe             waits for wav, speech',
    ],
  },
  {
    what: 'a queued job shows why it waits',
    events: [
      nodeEvent('job_submitted', 'wav', 0),
      nodeEvent('job_waiting', 'wav', 0, { reason: 'waiting for a slot of `ffmpeg`' }),
    ],
    lines: [
      'talk-notes - 0 of 3 - 9.0s - run_1',
      ' o wav     ffmpeg.convert             waiting for a slot of `ffmpeg`',
      ' . speech  vad.voice.detect           waits for wav',
      ' . text    asr.transcribe             waits for wav, speech',
    ],
  },
  {
    what: 'a running job without progress shows what it is busy with, and for how long',
    events: [...wavRuns, phase('wav', 'starting worker')],
    lines: [
      'talk-notes - 0 of 3 - 9.0s - run_1',
      ' > wav     ffmpeg.convert       8.0s  starting worker',
      ' . speech  vad.voice.detect           waits for wav',
      ' . text    asr.transcribe             waits for wav, speech',
    ],
  },
  {
    what: 'progress is a bar, a percentage and the tool’s words',
    events: [...wavRuns, progress('wav', 0.5, 'half way')],
    lines: [
      'talk-notes - 0 of 3 - 9.0s - run_1',
      ' > wav     ffmpeg.convert       8.0s  ##########..........  50%  half way',
      ' . speech  vad.voice.detect           waits for wav',
      ' . text    asr.transcribe             waits for wav, speech',
    ],
  },
  {
    what: 'a failure shows its first words, what needs it is skipped, and the run ends',
    events: [
      ...wavDone,
      nodeEvent('job_started', 'speech', 4, { attempt: 2 }),
      nodeEvent('job_finished', 'speech', 5, {
        state: 'failed',
        error: { message: 'no such\nmodel' },
      }),
      nodeEvent('node_skipped', 'text', 5, {
        state: 'skipped',
        because: 'node speech did not complete',
      }),
      runEvent('run_finished', 5, { state: 'failed' }),
    ],
    lines: [
      'talk-notes - 3 of 3 - failed 5.0s - run_1',
      ' + wav     ffmpeg.convert       2.4s',
      ' x speech  vad.voice.detect     1.0s  no such model',
      ' - text    asr.transcribe             node speech did not complete',
    ],
  },
  {
    what: 'an interrupted attempt is pending again, and its next attempt is counted',
    events: [
      ...wavRuns,
      nodeEvent('job_interrupted', 'wav', 2, { attempt: 1, next: 'pending' }),
      nodeEvent('job_started', 'wav', 6, { attempt: 2 }),
      progress('wav', 0.25),
    ],
    lines: [
      'talk-notes - 0 of 3 - 9.0s - run_1',
      ' > wav     ffmpeg.convert       3.0s  #####...............  25%  attempt 2',
      ' . speech  vad.voice.detect           waits for wav',
      ' . text    asr.transcribe             waits for wav, speech',
    ],
  },
  {
    what: 'a cancel that was asked for is a notice until the run ends',
    events: [...wavRuns, runEvent('run_cancel_requested', 2, { reason: 'from elsewhere' })],
    lines: [
      'talk-notes - 0 of 3 - 9.0s - run_1',
      ' > wav     ffmpeg.convert       8.0s',
      ' . speech  vad.voice.detect           waits for wav',
      ' . text    asr.transcribe             waits for wav, speech',
      '  cancelling: from elsewhere',
    ],
  },
];
for (const { what, events, lines } of pictures) {
  test(what, () => assert.deepEqual(picture(grow(events)), lines));
}

test('events of another run and unknown events change nothing', () => {
  const foreign: HostEvent = { ...nodeEvent('job_started', 'wav', 1), runId: 'run_2' };
  assert.equal(
    grow([foreign, runEvent('weather_changed', 1), nodeEvent('moon_rose', 'wav', 1)]),
    submitted,
  );
});

test('progress that arrives after the end of a job is dropped', () => {
  const done = grow(wavDone);
  assert.equal(reduce(done, progress('wav', 0.3, 'late'), ms(9)), done);
});

test('colours and movements of a tool do not reach the picture', () => {
  const evil = '\u001b[2J\u001b]0;owned\u0007\u001b[31mred\u001b[0m\r\nnext\u202e';
  const lines = picture(grow([...wavRuns, progress('wav', 0, evil)]));
  assert.match(lines[1] ?? '', /0% {2}red next$/);
});

test('no line is wider than the terminal, whatever it shows', async () => {
  const { stripVTControlCharacters } = await import('node:util');
  const { widthOf } = await import('../../src/cli/terminal/width.ts');
  const long = grow([...wavRuns, progress('wav', 0.5, '音声を変換しています '.repeat(20))]);
  const shown = { ...long, notice: 'x'.repeat(300), name: 'n'.repeat(60) };
  for (let columns = 20; columns <= 140; columns += 1) {
    for (const color of [false, true]) {
      for (const line of render(shown, { ...canvas, columns, color })) {
        const width = widthOf(stripVTControlCharacters(line));
        assert.ok(width <= columns, `${width} of ${columns}: ${line}`);
      }
    }
  }
});

test('on a narrow terminal the target gives way to what happens', () => {
  const lines = picture(grow([...wavRuns, progress('wav', 0.5, 'half')]), { columns: 52 });
  assert.equal(lines[1], ' > wav        8.0s  ##########..........  50%  half');
});

test('without colour no escape is written; with colour the state has one', () => {
  const tree = grow(wavDone);
  assert.doesNotMatch(picture(tree).join('\n'), /\u001b/);
  assert.match(render(tree, { ...canvas, color: true })[1] ?? '', /^ \u001b\[32m✔\u001b\[39m wav/);
});

test('on a low terminal what moves stays, in order, and the rest is counted', () => {
  const many: Composition = { ...notes, nodes: {} };
  for (let i = 0; i < 30; i++) {
    many.nodes[`n${i}`] = { use: 'a', action: 'b', with: {}, needs: [] };
  }
  const tree = grow(
    [nodeEvent('job_started', 'n17', 1), nodeEvent('job_finished', 'n3', 1, { state: 'failed' })],
    { ...plant(many, ms(0)), runId, state: 'running' },
  );
  const lines = picture(tree, { rows: 8 });
  assert.equal(lines.length, 8);
  assert.match(lines.join('\n'), /x n3 [^]*> n17 [^]*and 24 more/);
});

test('a run taken up again shows what was finished before as such', () => {
  const report = {
    runId: 'run_9',
    name: 'talk-notes',
    state: 'running' as const,
    source: null,
    retryOf: null,
    startedAt: at(-100),
    finishedAt: null,
    durationMs: null,
    inputs: {},
    outputs: null,
    error: null,
    nodes: {
      wav: {
        state: 'completed' as const,
        capability: 'ffmpeg',
        action: 'convert',
        job: 'job_w',
        reused: false,
        attempts: 1,
        startedAt: at(-90),
        finishedAt: at(-80),
        durationMs: 10_000,
        waitReason: null,
        error: null,
        artifacts: [],
        output: null,
      },
    },
  };
  const tree = graft(plant(notes, ms(0)), report);
  assert.equal(tree.runId, 'run_9');
  assert.equal(
    picture(tree)[1],
    ' + wav     ffmpeg.convert      10.0s  done before, not run again',
  );
});

test('a pipe gets one line per change of state, and none for progress', () => {
  const events = [
    ...wavRuns,
    progress('wav', 0.2),
    phase('wav', 'converting'),
    progress('wav', 0.6, 'more than half'),
    nodeEvent('job_finished', 'wav', 3.4, { state: 'completed' }),
    nodeEvent('job_submitted', 'speech', 3.4),
    nodeEvent('job_waiting', 'speech', 3.5, { reason: 'no slot' }),
    nodeEvent('job_started', 'speech', 4),
    nodeEvent('job_finished', 'speech', 5, { state: 'failed', error: { message: 'no model' } }),
    nodeEvent('node_skipped', 'text', 5, {
      state: 'skipped',
      because: 'node speech did not complete',
    }),
    runEvent('run_finished', 5, { state: 'failed' }),
  ];
  assert.deepEqual(linesOf(events, false), [
    'wav: queued',
    'wav: running ffmpeg.convert',
    'wav: completed in 2.4s',
    'speech: queued',
    'speech: no slot',
    'speech: running vad.voice.detect',
    'speech: failed in 1.0s: no model',
    'text: skipped: node speech did not complete',
    'talk-notes: failed in 5.0s',
  ]);
});

test('with --watch a pipe also gets each further ten percent', () => {
  const steps = [0.04, 0.11, 0.12, 0.34].map((amount) => progress('wav', amount, 'converting'));
  assert.deepEqual(linesOf([...wavRuns, ...steps], true).slice(2), [
    'wav: 10% converting',
    'wav: 30% converting',
  ]);
});

function linesOf(events: HostEvent[], everyTenth: boolean): string[] {
  const lines: string[] = [];
  let tree = submitted;
  for (const event of events) {
    const next = reduce(tree, event, ms(9));
    lines.push(...changes(tree, next, { everyTenth }));
    tree = next;
  }
  return lines;
}
