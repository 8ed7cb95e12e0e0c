import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { requestsIn, withLineNumbers } from '../../src/cli/commands/submit/batch.ts';
import { callIn, conditionsIn } from '../../src/cli/commands/submit/options.ts';
import { exitCodeOf } from '../../src/cli/commands/wait/outcome.ts';
import type { Context } from '../../src/cli/context.ts';
import { HostError } from '../../src/errors.ts';
import * as declared from '../../src/declared.ts';
import { capstan } from './fake-io.ts';

const workspace = fileURLToPath(new URL('../fixtures/cli/tools', import.meta.url));

test('a call is an action of a capability, or a method of a task', () => {
  assert.deepEqual(callIn('hello.greet'), { capability: 'hello', action: 'greet' });
  assert.deepEqual(callIn('vad.voice.detect'), {
    capability: 'vad',
    task: 'voice',
    method: 'detect',
  });
  for (const wrong of ['', 'hello', 'hello.', '.greet', 'a.b.', 'a.b.c.d', 'x'.repeat(5_000)]) {
    assert.throws(
      () => callIn(wrong),
      (error: HostError) => error.code === 'USAGE' && error.message.length < 300,
    );
  }
});

test('options become the conditions of a job; three retries are four attempts', () => {
  assert.deepEqual(
    conditionsIn({
      priority: 5,
      key: 'k',
      deadline: 60_000,
      timeout: 1_000,
      delay: 500,
      actor: 'ci',
      retries: 3,
      backoff: 100,
      maxBackoff: 900,
      runId: 'tuesday',
      control: '{"fast":true}',
    }),
    {
      priority: 5,
      idempotencyKey: 'k',
      withinMs: 60_000,
      deadlineMs: 1_000,
      delayMs: 500,
      actor: 'ci',
      runId: 'tuesday',
      retry: { attempts: 4, backoffMs: 100, maxBackoffMs: 900 },
      control: { fast: true },
    },
  );
  assert.deepEqual(conditionsIn({}), {});
});

test('what has no effect or no sense is a usage error before any host is asked', async () => {
  const cases: [argv: string[], says: RegExp][] = [
    [[], /not said what to submit/],
    [['hello'], /is no call/],
    [['a.b', '--backoff', '3s'], /back-off without --retries/],
    [['a.b', '--priority', '-1'], /whole number/],
    [['a.b', '--priority', '1000001'], /0 to 1000000/],
    [['a.b', '--delay', 'soon'], /Write 30s/],
    [['a.b', '--control', '[1]'], /--control is no JSON object/],
    [['a.b', '--control', '{'], /--control is not JSON/],
    [['a.b', '--jobs', 'x'], /stand in the file/],
    [['--jobs', 'x', '--key', 'k'], /stand in the file/],
    [['--jobs', 'none.ndjson'], /none\.ndjson cannot be read/],
  ];
  for (const [argv, says] of cases) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other reads better
    const { code, stdout, stderr } = await capstan(['submit', ...argv, '-C', workspace]);
    assert.ok(code === 2 || code === 3, argv.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, says);
  }
});

const contextOf = (stdin: string): Context =>
  ({
    io: { cwd: '/somewhere', stdin: { text: () => Promise.resolve(stdin) } },
    doors: { declared: () => Promise.resolve(declared) },
  }) as never;

test('a file of requests has one a line; what the options say holds where a line does not say otherwise', async () => {
  const lines = await requestsIn(
    contextOf(
      '\uFEFF{"call":"a.b","priority":7}\n\n{"capability":"c","action":"d","input":{"x":1}}\r\n',
    ),
    '-',
    { priority: 1, actor: 'ci' },
  );
  assert.deepEqual(lines, [
    { number: 1, request: { capability: 'a', action: 'b', priority: 7, actor: 'ci' } },
    {
      number: 3,
      request: { capability: 'c', action: 'd', input: { x: 1 }, priority: 1, actor: 'ci' },
    },
  ]);
});

test('every wrong line is named, and nothing is submitted', async () => {
  const text = [
    '{"call":"a.b"}',
    'not json',
    '[1]',
    '{"call":"a.b","prioritiy":3}',
    '{"input":{}}',
    '{"call":"a"}',
    '{"call":1}',
  ].join('\n');
  await assert.rejects(requestsIn(contextOf(text), '-', {}), (error: HostError) => {
    assert.equal(error.code, 'INPUT_INVALID');
    const [head, ...problems] = error.message.split('\n');
    assert.equal(head, 'Nothing of stdin was submitted:');
    assert.equal(problems.length, 6);
    assert.match(problems[0] ?? '', /^line 2: .*JSON/);
    assert.equal(problems[1], 'line 3: it is no JSON object');
    assert.equal(problems[2], 'line 4: a request has no "prioritiy": did you mean "priority"?');
    assert.match(problems[3] ?? '', /^line 5: it lacks "call"/);
    assert.match(problems[4] ?? '', /^line 6: `a` is no call/);
    assert.match(problems[5] ?? '', /^line 7: "call" is no text/);
    return true;
  });
  await assert.rejects(requestsIn(contextOf('\n\n'), '-', {}), /There is no request in stdin/);
});

test('a host that counts requests is translated for somebody who counts lines', () => {
  const lines = [
    { number: 1, request: { capability: 'a', action: 'b' } },
    { number: 4, request: { capability: 'c', action: 'd' } },
  ];
  const told = (error: HostError): string => (withLineNumbers(error, 'f', lines) as Error).message;
  assert.equal(
    told(new HostError('INPUT_INVALID', 'jobs[1]: x is missing\njobs[0]: y too')),
    'line 4: x is missing\nline 1: y too',
  );
  const unknown = new HostError('ACTION_NOT_FOUND', 'no action "d"', {
    details: { capability: 'c', action: 'd' },
  });
  assert.equal(told(unknown), 'line 4: no action "d"');
  assert.equal(told(new HostError('STORE_WEDGED', 'the disk is full')), 'f: the disk is full');
});

test('of several outcomes the worst is the exit code: failed, too late, cancelled, completed', () => {
  const job = (state: string, code = 'TOOL_FAILED') =>
    ({ kind: 'job', job: { state, error: state === 'failed' ? { code } : null } }) as never;
  assert.equal(exitCodeOf([]), 0);
  assert.equal(exitCodeOf([job('completed')]), 0);
  assert.equal(exitCodeOf([job('completed'), job('cancelled')]), 130);
  assert.equal(exitCodeOf([job('cancelled'), job('failed', 'DEADLINE_EXCEEDED')]), 124);
  assert.equal(exitCodeOf([job('failed', 'DEADLINE_EXCEEDED'), job('failed')]), 1);
  assert.equal(exitCodeOf([job('needs_decision')]), 1);
});

test('a decision that is missing or misspelt is asked for with both commands to type', async () => {
  for (const argv of [['job_1'], ['job_1', 'retry']]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other reads better
    const { code, stderr } = await capstan(['decide', ...argv, '-C', workspace]);
    assert.equal(code, 2);
    assert.match(stderr, /capstan decide job_1 rerun` runs it again; `capstan decide job_1 fail`/);
  }
  const run = await capstan(['decide', 'run_1', 'fail', '-C', workspace]);
  assert.equal(run.code, 3);
  assert.match(run.stderr, /run_1 is a run, not a job[^]*capstan jobs --run run_1/);
});

test('a job is moved to one place', async () => {
  const nowhere = await capstan(['reorder', 'job_1', '-C', workspace]);
  assert.match(nowhere.stderr, /not said where to[^]*--first, --last and --priority/);
  const both = await capstan(['reorder', 'job_1', '--first', '--last', '-C', workspace]);
  assert.match(both.stderr, /only go to one place/);
});
