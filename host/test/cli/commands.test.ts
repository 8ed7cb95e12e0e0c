import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { renderStages } from '../../src/cli/commands/install/stages.ts';
import { parseInput } from '../../src/cli/inputs.ts';
import { exampleCall } from '../../src/cli/commands/show/example-call.ts';
import { typeOf } from '../../src/cli/commands/show/type-of.ts';
import { describeFailure, exitCodeOf, failureOf } from '../../src/cli/failure.ts';
import { styleFor } from '../../src/cli/terminal/style.ts';
import { HostError } from '../../src/errors.ts';
import { capstan } from './fake-io.ts';

test('--input is split at the first "="; name:=json is JSON', () => {
  assert.deepEqual(parseInput('who=World'), ['who', 'World']);
  assert.deepEqual(parseInput('expr=a=b'), ['expr', 'a=b']);
  assert.deepEqual(parseInput('empty='), ['empty', '']);
  assert.deepEqual(parseInput('url=http://x'), ['url', 'http://x']);
  assert.deepEqual(parseInput('rates:=[1, 2]'), ['rates', [1, 2]]);
  assert.throws(() => parseInput('who'), { code: 'USAGE', message: '--input who has no "=".' });
  assert.throws(() => parseInput('=x'), {
    code: 'USAGE',
    message: '--input =x has no name before the "=".',
  });
  assert.throws(() => parseInput('rates:=[1'), { code: 'INPUT_INVALID' });
});

test('a schema is told in a few words', () => {
  const cases: [object, string][] = [
    [{ type: 'string' }, 'string'],
    [{ $ref: 'capstan:file' }, 'file'],
    [{ enum: ['fast', 'good'] }, '"fast" | "good"'],
    [{ type: 'array', items: { $ref: 'capstan:file' } }, 'file[]'],
    [{ type: 'array', items: { type: ['string', 'null'] } }, '(string | null)[]'],
    [{ anyOf: [{ type: 'integer' }, { const: 'all' }] }, 'integer | "all"'],
    [{}, 'any'],
  ];
  for (const [schema, text] of cases) assert.equal(typeOf(schema as never), text);
});

test('the example of an action gives each required input a value a shell takes as it is', () => {
  const input = {
    type: 'object',
    required: ['audio', 'mode', 'rates', 'n', 'title'],
    properties: {
      audio: { $ref: 'capstan:file' },
      mode: { enum: ['very good'] },
      rates: { type: 'array' },
      n: { type: 'integer', minimum: 3 },
      title: { type: 'string', default: "it's" },
      extra: { type: 'string' },
    },
  };
  assert.equal(
    exampleCall('asr.run', input),
    `capstan run asr.run --input audio=path/to/audio --input mode='very good' --input rates:='[]' --input n:=3 --input title='it'\\''s'`,
  );
});

test('an installation is a line per capability, cut to the terminal', () => {
  const stages = [
    { capability: 'asr', stage: 'done' as const, message: 'installed', sinceMs: 0, untilMs: 1500 },
    {
      capability: 'speech',
      stage: 'build' as const,
      message: 'x'.repeat(99),
      sinceMs: 0,
      untilMs: null,
    },
    {
      capability: 'bad',
      stage: 'failed' as const,
      message: 'no such package',
      sinceMs: 0,
      untilMs: 300,
    },
  ];
  const canvas = { columns: 40, color: false, unicode: false, nowMs: 61_000 };
  assert.deepEqual(renderStages(stages, canvas), [
    ' + asr        1.5s  installed',
    ` > speech   1m 01s  ${'x'.repeat(19)}…`,
    ' x bad        0.3s  no such package',
  ]);
});

test('an error is printed as what, why, what to try, and its code; what tools said is made safe', () => {
  const cause = new Error('ENOSPC');
  const error = new HostError('ENV_BUILD_FAILED', 'It \u001b[31mfailed\u001b[0m.\nSecond line', {
    hint: 'make room',
    cause,
  });
  assert.deepEqual(describeFailure(failureOf(error), styleFor(false)), [
    'error: It failed.',
    '  Second line',
    '  because: ENOSPC',
    '  try: make room',
    '  code: ENV_BUILD_FAILED',
  ]);
});

test('every error ends with the exit code of its row; SIGTERM with its own', () => {
  const exit = (error: HostError) => exitCodeOf(failureOf(error));
  assert.equal(exit(new HostError('WORKSPACE_BUSY', '')), 75);
  assert.equal(exit(new HostError('STORE_CORRUPT', '')), 78);
  assert.equal(exit(new HostError('INTERRUPTED', '')), 130);
  assert.equal(exit(new HostError('INTERRUPTED', '', { details: { exit: 143 } })), 143);
  assert.equal(exit(new HostError('DEADLINE_EXCEEDED', '')), 124);
});

/** A folder with a capstan.yaml; nothing in it is read here. */
const workspace = fileURLToPath(new URL('../fixtures/cli/tools', import.meta.url));

test('a file of inputs that is missing or no object is refused before anything is opened', async () => {
  const runtime = () => Promise.resolve({} as never);
  const missing = await capstan(['run', 'a.b', '-C', workspace, '--inputs', 'none.json'], {
    runtime,
  });
  assert.equal(missing.code, 3);
  assert.match(missing.stderr, /none\.json cannot be read[^]*FILE_NOT_FOUND/);
  const list = await capstan(['run', 'a.b', '-C', workspace, '--inputs', '-'], {
    runtime,
    stdin: '[1]',
  });
  assert.equal(list.code, 2);
  assert.match(list.stderr, /is no JSON object/);
});

test('a picture of a run that never began is taken away again, and the cursor is back', async () => {
  const runtime = () => Promise.resolve({} as never);
  const { stderr } = await capstan(['run', 'a.b', '-C', workspace, '--inputs', 'none.json'], {
    runtime,
    stderrIsTTY: true,
  });
  assert.match(stderr, /a\.b/);
  assert.match(stderr, /\u001b\[1A\r\u001b\[J\u001b\[\?2026l\u001b\[\?25h/);
});
