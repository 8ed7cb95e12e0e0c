import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JsonObject } from '@capstan/protocol';
import { type AnyComposition, parseComposition } from '../../src/compositions/index.ts';
import { temporaryWorkspace } from '../stores/workspace.ts';
import { FakeHost } from './fake-host.ts';
import { yaml } from './problems.ts';

/** One into three into one, and a node that depends on none of them. */
const fan = (failFast: boolean): AnyComposition =>
  parseComposition(
    yaml(`
      name: fan
      failFast: ${failFast}
      inputs: { n: { type: integer } }
      nodes:
        root: { use: tool, action: do, with: { value: "\${{ inputs.n }}" } }
        a: { use: tool, action: do, with: { value: "\${{ nodes.root.output.parts[0] }}" } }
        b: { use: tool, task: work, method: do, with: { value: "b of \${{ nodes.root.output.parts[1] }}" } }
        c: { use: tool, action: do, needs: [root] }
        join: { use: tool, action: do, with: { value: ["\${{ nodes.a.output }}", "\${{ nodes.b.output }}"] }, needs: [c] }
        alone: { use: tool, action: do }
      outputs:
        joined: \${{ nodes.join.output }}
        alone: \${{ nodes.alone.output }}
    `),
    'fan.yaml',
  );

const submit = (
  host: FakeHost,
  given: AnyComposition,
  inputs: JsonObject = { n: '7' },
  resume = true,
) => host.runs.submit(given, inputs, { resume, cwd: '/' });

const states = (host: FakeHost, runId: string): { [id: string]: string } =>
  Object.fromEntries(
    Object.entries(host.runs.report(runId).nodes).map(([id, { state }]) => [id, state]),
  );

test('values flow from inputs through nodes to outputs, and independent nodes run at once', async (t) => {
  const host = await FakeHost.open(t);
  const { runId } = await submit(host, fan(true));
  await host.untilBegun('root', 'alone');
  assert.deepEqual(host.inputs.get('root'), { value: 7 });
  host.complete('root', { parts: [{ k: 1 }, 'two'] });
  await host.untilBegun('a', 'b', 'c');
  assert.deepEqual(host.inputs.get('a'), { value: { k: 1 } });
  assert.deepEqual(host.inputs.get('b'), { value: 'b of two' });
  for (const id of ['a', 'b', 'c', 'alone']) host.complete(id, `done ${id}`);
  await host.untilBegun('join');
  assert.deepEqual(host.inputs.get('join'), { value: ['done a', 'done b'] });
  host.complete('join', null);
  const run = await host.runs.finished(runId);
  assert.deepEqual([run.state, run.outputs], ['completed', { joined: null, alone: 'done alone' }]);

  const report = host.runs.report(runId);
  assert.deepEqual(Object.keys(report.nodes), ['root', 'a', 'b', 'c', 'join', 'alone']);
  const { b } = report.nodes;
  assert.ok(b !== undefined && b.durationMs !== null && b.durationMs >= 0);
  assert.deepEqual(
    [b.state, b.capability, b.task, b.method, b.action, b.attempts, b.output, b.error],
    ['completed', 'tool', 'work', 'do', undefined, 1, 'done b', null],
  );
  assert.match(b.job ?? '', /^job_/);
});

test('under failFast a failure skips what depends on it, cancels what has not begun, and lets the rest end', async (t) => {
  const host = await FakeHost.open(t);
  const { runId } = await submit(host, fan(true));
  await host.untilBegun('root', 'alone');
  host.complete('root', { parts: [1, 2] });
  await host.untilBegun('a', 'b', 'c');
  host.fail('a', 'no voice in it');
  host.complete('b', 1);
  host.complete('c', 1);
  host.complete('alone', 1);
  const run = await host.runs.finished(runId);
  assert.deepEqual([run.state, run.outputs], ['failed', null]);
  assert.equal(run.error?.code, 'RUN_FAILED');
  assert.match(run.error.message, /node a failed: no voice in it/);
  assert.deepEqual(states(host, runId), {
    root: 'completed',
    a: 'failed',
    b: 'completed',
    c: 'completed',
    join: 'skipped',
    alone: 'completed',
  });
});

test('without failFast the rest goes on, and outputs of what did not complete are null', async (t) => {
  const host = await FakeHost.open(t);
  const { runId } = await submit(host, fan(false));
  await host.untilBegun('root', 'alone');
  host.fail('root', 'broken');
  host.complete('alone', 'fine');
  const run = await host.runs.finished(runId);
  assert.deepEqual([run.state, run.outputs], ['completed', { joined: null, alone: 'fine' }]);
  assert.equal(states(host, runId)['join'], 'skipped');
});

test('a reference that leads nowhere at run time fails its node, and says what was there', async (t) => {
  const host = await FakeHost.open(t);
  const { runId } = await submit(host, fan(true));
  await host.untilBegun('root', 'alone');
  host.complete('alone', 1);
  host.complete('root', { pieces: [] });
  assert.equal((await host.runs.finished(runId)).state, 'failed');
  const { error, attempts } = host.runs.report(runId).nodes['a'] ?? {};
  assert.deepEqual([error?.code, attempts], ['REFERENCE_UNRESOLVED', 0]);
  assert.match(error?.message ?? '', /nodes\.root\.output has no "parts"; it has pieces/);
});

test('a cancelled run aborts what runs and begins nothing more', async (t) => {
  const host = await FakeHost.open(t);
  const { runId } = await submit(host, fan(true));
  await host.untilBegun('root', 'alone');
  await host.runs.cancel(runId, 'changed my mind');
  assert.equal((await host.runs.finished(runId)).state, 'cancelled');
  assert.deepEqual(new Set(Object.values(states(host, runId))), new Set(['cancelled']));
  assert.deepEqual(host.begun.toSorted(), ['alone', 'root']);
});

test('after a crash a run goes on where it was, without doing again what was done', async (t) => {
  const paths = temporaryWorkspace(t);
  const first = await FakeHost.open(t, paths);
  const { runId } = await submit(first, fan(true));
  await first.untilBegun('root', 'alone');
  first.complete('root', { parts: [1, 2] });
  await first.untilBegun('a', 'b', 'c');
  const recorded = first.untilRecorded('a');
  first.complete('a', 'a before');
  await recorded;
  await first.crash();

  const second = await FakeHost.open(t, paths);
  const again = await submit(second, fan(true));
  assert.deepEqual(again, { runId, resumed: true });
  await second.untilBegun('alone', 'b', 'c');
  for (const id of ['alone', 'b', 'c']) second.complete(id, `${id} after`);
  await second.untilBegun('join');
  assert.deepEqual(second.inputs.get('join'), { value: ['a before', 'b after'] });
  second.complete('join', 'whole');
  assert.deepEqual((await second.runs.finished(runId)).outputs, {
    joined: 'whole',
    alone: 'alone after',
  });
  assert.ok(!second.begun.includes('root') && !second.begun.includes('a'));
  assert.equal(second.runs.report(runId).nodes['b']?.attempts, 2);
});

test('another input, another form, or no wish to resume starts another run', async (t) => {
  const host = await FakeHost.open(t);
  const first = await submit(host, fan(true));
  assert.deepEqual(await submit(host, fan(true)), { runId: first.runId, resumed: true });
  for (const other of [
    submit(host, fan(true), { n: 8 }),
    submit(host, fan(false)),
    submit(host, fan(true), { n: 7 }, false),
  ]) {
    // oxlint-disable-next-line no-await-in-loop -- three separate questions
    assert.equal((await other).resumed, false);
  }
});

test('a run is resumed when its file was moved in content, and not when the file it needs is gone', async (t) => {
  const paths = temporaryWorkspace(t);
  const host = await FakeHost.open(t, paths);
  const given = parseComposition(
    'name: f\ninputs: { a: { type: file } }\nnodes: { n: { use: tool, action: do, with: { audio: "${{ inputs.a }}" } } }\n',
    'f.yaml',
  );
  const path = (name: string) => join(paths.root, name);
  for (const name of ['one.wav', 'copy.wav']) writeFileSync(path(name), 'same');
  const first = await submit(host, given, { a: path('one.wav') });
  assert.deepEqual(await submit(host, given, { a: path('copy.wav') }), {
    runId: first.runId,
    resumed: true,
  });
  rmSync(path('one.wav'));
  assert.equal((await submit(host, given, { a: path('copy.wav') })).resumed, false);
  writeFileSync(path('copy.wav'), 'edited');
  assert.equal((await submit(host, given, { a: path('copy.wav') })).resumed, false);
});

test('a run whose only open node needs a decision is handed back instead of waited for', async (t) => {
  const paths = temporaryWorkspace(t);
  const given = parseComposition(
    'name: u\nnodes: { send: { use: tool, action: once }, next: { use: tool, action: do, needs: [send] } }\n',
    'u.yaml',
  );
  const first = await FakeHost.open(t, paths);
  const { runId } = await submit(first, given, {});
  await first.untilBegun('send');
  await first.crash();

  const second = await FakeHost.open(t, paths);
  assert.equal((await second.runs.finished(runId)).state, 'running');
  assert.deepEqual(states(second, runId), { send: 'needs_decision', next: 'waiting' });
  const { job } = second.runs.report(runId).nodes['send'] ?? {};
  await second.queue.decide(job ?? '', 'rerun', 'tester');
  await second.untilBegun('send');
  second.complete('send', 1);
  await second.untilBegun('next');
  second.complete('next', 1);
  assert.equal((await second.runs.finished(runId)).state, 'completed');
});

test('whoever waits for a run is told when the host closes before it is over', async (t) => {
  const host = await FakeHost.open(t);
  const { runId } = await submit(host, fan(true));
  await host.untilBegun('root');
  const waiting = assert.rejects(host.runs.finished(runId), {
    code: 'CANCELLED',
    message: `the host was closed before the run ${runId} was over`,
  });
  await host.queue.stop(0);
  await waiting;
  await assert.rejects(host.runs.finished(runId), { code: 'CANCELLED' });
});

test('what is wrong is refused before anything is written', async (t) => {
  const host = await FakeHost.open(t);
  const unknown = parseComposition('name: c\nnodes: { n: { use: toll, action: do } }\n', 'c.yaml');
  await assert.rejects(submit(host, unknown, {}), {
    code: 'COMPOSITION_INVALID',
    message: /did you mean "tool"/,
  });
  await assert.rejects(submit(host, fan(true), {}), {
    code: 'INPUT_INVALID',
    message: /input "n" is missing/,
  });
  assert.deepEqual(host.store.reader.runs(), []);
  await assert.rejects(host.runs.finished('run_nope'), { code: 'JOB_NOT_FOUND' });
});

test('a composition without nodes is completed at once', async (t) => {
  const host = await FakeHost.open(t);
  const empty = parseComposition(
    'name: e\ninputs: { n: {} }\nnodes: {}\noutputs: { n: "${{ inputs.n }}" }\n',
    'e.yaml',
  );
  const { runId } = await submit(host, empty);
  const run = await host.runs.finished(runId);
  assert.deepEqual([run.state, run.outputs], ['completed', { n: '7' }]);
});
