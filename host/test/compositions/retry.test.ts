import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { filesIn } from '@capstan/protocol';
import { loadComposition, parseComposition } from '../../src/compositions/index.ts';
import type { WorkspacePaths } from '../../src/paths.ts';
import { temporaryWorkspace } from '../stores/workspace.ts';
import { catalog, FakeHost } from './fake-host.ts';

/** One into two into one, and one aside; every node but the last passes its word on. */
const diamond = `
name: diamond
inputs: { n: { type: integer, default: 1 }, text: { type: file } }
nodes:
  root: { use: tool, action: do, with: { value: "\${{ inputs.n }}" } }
  left: { use: tool, action: do, with: { value: "\${{ nodes.root.output }}" } }
  right: { use: tool, action: do, with: { audio: "\${{ inputs.text }}" }, needs: [root] }
  join: { use: tool, action: do, with: { value: ["\${{ nodes.left.output }}", "\${{ nodes.right.output }}"] } }
  aside: { use: tool, action: do }
outputs: { joined: "\${{ nodes.join.output }}" }
failFast: false
`;

/** A workspace with the composition in a file, and a host. */
async function started(t: TestContext, text = diamond) {
  const paths = temporaryWorkspace(t);
  const file = join(paths.root, 'diamond.yaml');
  writeFileSync(file, text);
  writeFileSync(join(paths.root, 'talk.txt'), 'talk');
  const host = await FakeHost.open(t, paths);
  return { host, paths, file };
}

const inputs = { text: 'talk.txt' };

async function submit(host: FakeHost, paths: WorkspacePaths): Promise<string> {
  const source = await loadComposition('diamond.yaml', paths.root);
  return (await host.runs.submit(source, inputs, { resume: true, cwd: paths.root })).runId;
}

/** Lets a run come to its end, with every node answering by its id, but for those that shall fail. */
async function finish(host: FakeHost, runId: string, failing: string[] = []): Promise<string> {
  const answered = new Set<string>();
  const answer = (): void => {
    for (const id of host.begun) {
      if (answered.has(id)) continue;
      answered.add(id);
      if (failing.includes(id)) host.fail(id, `${id} broke`);
      else host.complete(id, `${id}!`);
    }
  };
  const stop = host.onBegun(answer);
  answer();
  const { state } = await host.runs.finished(runId);
  stop();
  return state;
}

test('a retry does again what failed and what was skipped, and nothing else', async (t) => {
  const { host, paths, file } = await started(t);
  const first = await submit(host, paths);
  await finish(host, first, ['right']);
  host.forget();

  const { runId, reused, again } = await host.runs.retry(first, { actor: 'ada' });
  assert.deepEqual([reused, again], [['root', 'left', 'aside'], []]);
  assert.equal(await finish(host, runId), 'completed');
  assert.deepEqual(host.begun, ['right', 'join']);
  assert.deepEqual(host.inputs.get('join'), { value: ['left!', 'right!'] });

  const [report, earlier] = [host.runs.report(runId), host.runs.report(first)];
  assert.deepEqual(
    [report.retryOf, report.source, report.outputs],
    [first, file, { joined: 'join!' }],
  );
  const { root, right } = report.nodes;
  assert.deepEqual(
    [root?.reused, root?.job, root?.output],
    [true, earlier.nodes['root']?.job, 'root!'],
  );
  assert.deepEqual([right?.reused, right?.job !== earlier.nodes['right']?.job], [false, true]);
  assert.deepEqual([earlier.retryOf, earlier.nodes['root']?.reused], [null, false]);
  const told = host.store.reader
    .journal({ runId })
    .map(({ eventType, nodeId, compositionId }) => [eventType, nodeId, compositionId]);
  assert.deepEqual(told.slice(0, 5), [
    ['run_submitted', null, runId],
    ['node_reused', 'root', runId],
    ['node_reused', 'left', runId],
    ['node_reused', 'aside', runId],
    ['job_submitted', 'right', runId],
  ]);
  assert.deepEqual((await host.store.reader.verifyJournal()).problems, []);
});

test('from a node on, it and all that rests on it is done again', async (t) => {
  const { host, paths } = await started(t);
  const first = await submit(host, paths);
  await finish(host, first);
  host.forget();
  const { runId } = await host.runs.retry(first, { from: 'left' });
  await finish(host, runId);
  assert.deepEqual(host.begun, ['left', 'join']);
  const { left, join: joined, root } = host.runs.report(runId).nodes;
  assert.deepEqual(
    [left?.again, joined?.again, root?.again],
    ['it was asked for', 'left runs again', undefined],
  );
});

test('the retry of a retry keeps what the first run did', async (t) => {
  const { host, paths } = await started(t);
  const first = await submit(host, paths);
  await finish(host, first, ['left', 'right']);
  host.forget();
  const second = await host.runs.retry(first);
  await finish(host, second.runId, ['right']);
  host.forget();
  const third = await host.runs.retry(second.runId);
  assert.deepEqual(third.reused, ['root', 'left', 'aside']);
  assert.equal(await finish(host, third.runId), 'completed');
  assert.deepEqual(host.begun, ['right', 'join']);
  const { nodes, retryOf } = host.runs.report(third.runId);
  assert.equal(retryOf, second.runId);
  assert.equal(nodes['root']?.job, host.runs.report(first).nodes['root']?.job);
  assert.equal(nodes['left']?.job, host.runs.report(second.runId).nodes['left']?.job);
});

test('a retry that cannot be is refused, and says what can', async (t) => {
  const { host, paths } = await started(t);
  const first = await submit(host, paths);
  await host.untilBegun('root', 'aside');
  await assert.rejects(host.runs.retry(first), { code: 'RUN_NOT_OVER', message: /still running/ });
  await finish(host, first);
  await assert.rejects(host.runs.retry(first), {
    code: 'JOB_OVER',
    message: `${first} is completed, so there is nothing to retry`,
    hint: /retry run_\w+ --from NODE/,
  });
  await assert.rejects(host.runs.retry(first, { from: 'joni' }), {
    code: 'INPUT_INVALID',
    message: 'there is no node "joni" to begin from',
    hint: 'did you mean "join"?',
  });
  await assert.rejects(host.runs.retry('run_nope'), { code: 'JOB_NOT_FOUND' });
  assert.equal(host.store.reader.runs().length, 1);
});

test('with a new definition only what asks for something else is done again', async (t) => {
  const { host, paths, file } = await started(t);
  const first = await submit(host, paths);
  await finish(host, first, ['join']);
  const edited = diamond
    .replace('left: { use: tool, action: do,', 'left: { use: tool, action: do, priority: 9,')
    .replace('aside: { use: tool, action: do }', 'aside: { use: tool, action: once }')
    .replace('failFast: false', 'failFast: true')
    .replace('outputs:', '  more: { use: tool, action: do, needs: [aside] }\noutputs:');
  writeFileSync(file, edited);
  host.forget();
  const definition = await loadComposition(file);
  const { runId, reused, again } = await host.runs.retry(first, { definition });
  assert.deepEqual(reused, ['root', 'left', 'right']);
  assert.deepEqual(again, [{ nodeId: 'aside', because: 'its action changed' }]);
  assert.equal(await finish(host, runId), 'completed');
  assert.deepEqual(host.begun.toSorted(), ['aside', 'join', 'more']);
});

test('what was left to a default follows the new default, and what was given stays given', async (t) => {
  const { host, paths, file } = await started(t);
  const first = await submit(host, paths);
  await finish(host, first, ['join']);
  writeFileSync(file, diamond.replace('default: 1', 'default: 2'));
  const definition = await loadComposition(file);
  const { again } = await host.runs.retry(first, { definition });
  assert.deepEqual(again, [
    { nodeId: 'root', because: 'the input n, which it reads, changed' },
    { nodeId: 'left', because: 'root runs again' },
    { nodeId: 'right', because: 'root runs again' },
  ]);
  const report = host.runs.report((await host.runs.retry(first)).runId);
  assert.equal(report.inputs['n'], 1);
});

test('a file that was edited since is read again by those that read it', async (t) => {
  const { host, paths } = await started(t);
  const first = await submit(host, paths);
  await finish(host, first, ['join']);
  writeFileSync(join(paths.root, 'talk.txt'), 'another talk');
  host.forget();
  const { runId, reused, again } = await host.runs.retry(first);
  assert.deepEqual(reused, ['root', 'left', 'aside']);
  assert.deepEqual(again, [
    { nodeId: 'right', because: 'the input text, which it reads, changed' },
  ]);
  await host.untilBegun('right');
  assert.deepEqual(
    filesIn(host.inputs.get('right') ?? {}).map(({ size }) => size),
    [12],
  );
  await finish(host, runId);
});

test('a file that is gone is missed only by what reads it again', async (t) => {
  const { host, paths } = await started(t);
  const first = await submit(host, paths);
  await finish(host, first, ['join']);
  rmSync(join(paths.root, 'talk.txt'));
  host.forget();
  const { runId, reused } = await host.runs.retry(first);
  assert.deepEqual(reused, ['root', 'left', 'right', 'aside']);
  await finish(host, runId);
  await assert.rejects(host.runs.retry(first, { from: 'right' }), {
    code: 'INPUT_INVALID',
    message: /node right needs a file: there is no file at .*talk\.txt/,
  });
});

test('a node whose own files somebody has deleted is done again, and the report says so', async (t) => {
  const { host, paths } = await started(t);
  const first = await submit(host, paths);
  const made = join(paths.root, 'made.txt');
  writeFileSync(made, 'made');
  await host.untilBegun('root', 'aside');
  host.complete('root', 'root!', [{ path: made, sha256: 'ab', size: 4, name: 'made.txt' }]);
  host.complete('aside', 1);
  await host.untilBegun('left', 'right');
  host.complete('left', 1);
  host.fail('right', 'broke');
  await host.runs.finished(first);

  const kept = await host.runs.retry(first);
  const { artifacts } = host.runs.report(kept.runId).nodes['root'] ?? {};
  assert.deepEqual(
    artifacts?.map(({ path }) => path),
    [made],
    'artifacts of the old job are shown',
  );
  rmSync(made);
  const { runId, reused } = await host.runs.retry(first);
  assert.deepEqual(reused, ['aside']);
  const { root, left } = host.runs.report(runId).nodes;
  assert.deepEqual([root?.again, left?.again], ['its file made.txt is gone', 'root runs again']);
});

test('a run can be retried although the tool of a node that is kept is gone, but not of one that runs', async (t) => {
  const { host, paths } = await started(
    t,
    diamond.replace('aside: { use: tool', 'aside: { use: other'),
  );
  await host.crash();
  const { tool } = catalog.capabilities;
  assert.ok(tool !== undefined);
  const before = await FakeHost.open(t, paths, { capabilities: { tool, other: tool } });
  const first = await submit(before, paths);
  await finish(before, first, ['join']);
  await before.crash();
  const after = await FakeHost.open(t, paths);
  assert.deepEqual((await after.runs.retry(first)).reused, ['root', 'left', 'right', 'aside']);
  await assert.rejects(after.runs.retry(first, { from: 'aside' }), {
    code: 'COMPOSITION_INVALID',
    message: /unknown capability "other"/,
  });
});

test('a retry that is cut off goes on with the next host, and keeps what it kept', async (t) => {
  const { host, paths } = await started(t);
  const first = await submit(host, paths);
  await finish(host, first, ['right']);
  const { runId } = await host.runs.retry(first);
  await host.crash();
  const next = await FakeHost.open(t, paths);
  assert.equal(await finish(next, runId), 'completed');
  assert.deepEqual(next.begun, ['right', 'join']);
});

test('whether the file of a run has changed is told by what it says', async (t) => {
  const { host, paths, file } = await started(t);
  const runId = await submit(host, paths);
  assert.deepEqual(await host.runs.definitionState(runId), { kind: 'same' });
  writeFileSync(file, `# a comment\n${diamond.replaceAll(', ', ',   ')}description: prose\n`);
  assert.deepEqual(await host.runs.definitionState(runId), { kind: 'same' });
  writeFileSync(
    file,
    diamond
      .replace('value: "${{ nodes.root.output }}"', 'value: 3')
      .replace('aside:', 'besides:')
      .replace('joined:', 'all:'),
  );
  assert.deepEqual(await host.runs.definitionState(runId), {
    kind: 'changed',
    change: { changed: ['left'], added: ['besides'], removed: ['aside'], others: ['outputs'] },
  });
  writeFileSync(file, 'nodes: 3\n');
  assert.equal((await host.runs.definitionState(runId)).kind, 'broken');
  rmSync(file);
  assert.deepEqual(await host.runs.definitionState(runId), { kind: 'gone' });
  const made = parseComposition('name: e\nnodes: { a: { use: tool, action: do } }\n', 'e.yaml');
  const other = await host.runs.submit(made, {}, { resume: false, cwd: '/' });
  assert.deepEqual(await host.runs.definitionState(other.runId), { kind: 'none' });
});

test('a module is read again when it has changed', async (t) => {
  const paths = temporaryWorkspace(t);
  const file = join(paths.root, 'made.ts');
  const module = (action: string): string =>
    `export default { name: 'made', nodes: { a: { use: 'tool', action: '${action}' } } };`;
  writeFileSync(file, module('do'));
  const host = await FakeHost.open(t, paths);
  const source = await loadComposition(file);
  const { runId } = await host.runs.submit(source, {}, { resume: false, cwd: '/' });
  assert.deepEqual(await host.runs.definitionState(runId), { kind: 'same' });
  writeFileSync(file, module('once'));
  const state = await host.runs.definitionState(runId);
  assert.deepEqual(state.kind === 'changed' && state.change.changed, ['a']);
});

test('a run whose file has changed goes on only when somebody says by which definition', async (t) => {
  const { host, paths, file } = await started(t);
  const runId = await submit(host, paths);
  await host.untilBegun('root', 'aside');
  assert.deepEqual(await host.runs.resume(runId), { runId });
  writeFileSync(file, diamond.replace('value: "${{ nodes.root.output }}"', 'value: 3'));
  await assert.rejects(host.runs.resume(runId), {
    code: 'DEFINITION_CHANGED',
    message: `${file} is not what ${runId} was started with: left changed`,
    hint: /resume run_\w+ --with-definition original.*resume run_\w+ --with-definition new/,
  });
  assert.deepEqual(await host.runs.resume(runId, { asRecorded: true }), { runId });
  await finish(host, runId);
  await assert.rejects(host.runs.resume(runId), {
    code: 'JOB_OVER',
    message: `${runId} is completed, so it cannot go on`,
  });
});

test('an unfinished run is replaced by one with a new definition, which keeps what was completed', async (t) => {
  const { host, paths, file } = await started(t);
  const first = await submit(host, paths);
  await host.untilBegun('root', 'aside');
  const recorded = host.untilRecorded('root');
  host.complete('root', 'root!');
  await recorded;
  writeFileSync(file, diamond.replace('value: "${{ nodes.root.output }}"', 'value: 3'));
  const definition = await loadComposition(file);
  host.forget();
  const { runId, reused } = await host.runs.replace(first, { definition });
  assert.deepEqual(reused, ['root']);
  assert.equal(host.runs.report(first).state, 'cancelled');
  assert.equal(await finish(host, runId), 'completed');
  assert.deepEqual(host.inputs.get('left'), { value: 3 });
});
