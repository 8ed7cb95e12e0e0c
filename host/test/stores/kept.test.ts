import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { Json, JsonObject } from '@capstan/protocol';
import fc from 'fast-check';
import { systemClock } from '../../src/clock.ts';
import { asJson, KeptValue, storedParts, withoutKept } from '../../src/stores/journal/kept.ts';
import { columnOf, keep, packPayload, valueOf } from '../../src/stores/journal/values.ts';
import { openInMemory } from '../../src/stores/file/open.ts';
import { StateStore } from '../../src/stores/index.ts';
import {
  completed,
  failed,
  nodeSpec,
  nodeStates,
  runNode,
  runSpec,
  temporaryWorkspace,
} from './workspace.ts';

const binder = new URL('../../src/compositions/bind.ts', import.meta.url);

async function open(t: TestContext) {
  const paths = temporaryWorkspace(t);
  const store = await StateStore.open({ paths, clock: systemClock, binder });
  t.after(() => store.close());
  const files = (): string[] => globSync(`${paths.payloadsDir}/*/*`);
  return { store, reader: store.reader, paths, files };
}

const outputOf = (nodeId: string, part = ''): string => `\${{ nodes.${nodeId}.output${part} }}`;
const mebibytes = (n: number): string => 'x'.repeat(n * 1024 * 1024);

test('a large result is stored once, however many nodes take it', async (t) => {
  const { store, reader, files } = await open(t);
  const takers = Array.from({ length: 20 }, (_, n) =>
    nodeSpec(`n${n}`, ['big'], { of: { text: outputOf('big'), n } }),
  );
  const nodes = [nodeSpec('big'), ...takers, nodeSpec('part', ['big'], { text: outputOf('big') })];
  const { runId } = await store.submitRun(runSpec(nodes, { outputs: { all: outputOf('big') } }));
  const text = mebibytes(2);
  await runNode(store, runId, 'big', completed(text));
  assert.equal(files().length, 1);
  const jobs = new Map(reader.jobs({ runId }).map(({ nodeId, input }) => [nodeId, input]));
  assert.deepEqual(jobs.get('n7'), { of: { text, n: 7 } });
  assert.deepEqual(jobs.get('part'), { text });
  for (const { nodeId } of nodes.slice(1)) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as a queue would
    await runNode(store, runId, nodeId, completed('ok'));
  }
  assert.deepEqual(reader.run(runId)?.outputs, { all: text });
  assert.equal(files().length, 1);
  assert.deepEqual((await reader.verifyJournal()).problems, []);
});

test('a part of a large result is a value like any other', async (t) => {
  const { store, reader } = await open(t);
  const nodes = [
    nodeSpec('big'),
    nodeSpec('a', ['big'], { size: outputOf('big', '.size') }),
    nodeSpec('b', ['big'], { title: `about ${outputOf('big', '.title')}` }),
    nodeSpec('c', ['big'], { none: outputOf('big', '.nothing') }),
  ];
  const { runId } = await store.submitRun(runSpec(nodes, { failFast: false }));
  await runNode(store, runId, 'big', completed({ size: 3, title: 'talk', text: mebibytes(1) }));
  const inputs = new Map(reader.jobs({ runId }).map(({ nodeId, input }) => [nodeId, input]));
  assert.deepEqual(inputs.get('a'), { size: 3 });
  assert.deepEqual(inputs.get('b'), { title: 'about talk' });
  assert.equal(nodeStates(store, runId)['c'], 'failed');
});

test('a large input of a run is shared by its nodes', async (t) => {
  const { store, reader, files } = await open(t);
  const nodes = Array.from({ length: 10 }, (_, n) =>
    nodeSpec(`n${n}`, [], { text: '${{ inputs.text }}', n }),
  );
  const text = mebibytes(2);
  const { runId } = await store.submitRun(runSpec(nodes, { inputs: { text, other: 1 } }));
  assert.deepEqual(reader.jobs({ runId })[0]?.input, { text, n: 9 });
  // The inputs of the run as a whole, and the one by itself.
  assert.equal(files().length, 2);
});

test('what is too large together fails the node, and outputs the run, and nothing hangs', async (t) => {
  const { store, reader } = await open(t);
  const bigs = ['a', 'b'];
  const all = bigs.map((id) => outputOf(id));
  const nodes = [...bigs.map((id) => nodeSpec(id)), nodeSpec('join', bigs, { all })];
  const spec = { failFast: false, outputs: { a: outputOf('a'), b: outputOf('b') } };
  const { runId } = await store.submitRun(runSpec(nodes, spec));
  await runNode(store, runId, 'a', completed(mebibytes(40)));
  await runNode(store, runId, 'b', completed(mebibytes(40)));
  const join = reader.runNodes(runId).find(({ nodeId }) => nodeId === 'join');
  assert.deepEqual([join?.state, join?.error?.code], ['failed', 'PAYLOAD_TOO_LARGE']);
  assert.match(join?.error?.message ?? '', /the input is 80\.\d MiB of JSON; 64 MiB is the most/);
  const run = reader.run(runId);
  assert.deepEqual([run?.state, run?.error?.code], ['failed', 'PAYLOAD_TOO_LARGE']);
});

test('a retry takes large results over as they lie', async (t) => {
  const { store, reader, files } = await open(t);
  const nodes = [nodeSpec('big'), nodeSpec('end', ['big'], { text: outputOf('big') })];
  const spec = runSpec(nodes);
  const first = await store.submitRun(spec);
  await runNode(store, first.runId, 'big', completed(mebibytes(2)));
  await runNode(store, first.runId, 'end', failed());
  const { runId, reused } = await store.retryRun({ ...spec, retryOf: first.runId }, null, {});
  assert.deepEqual(reused, ['big']);
  assert.deepEqual(reader.jobs({ runId })[0]?.input, { text: mebibytes(2) });
  assert.equal(files().length, 1);
  assert.ok(files().every((file) => existsSync(file)));
});

/** JSON of any shape with awkward keys, some of whose leaves are stand-ins. */
const leaf: fc.Arbitrary<unknown> = fc.oneof(
  fc.constant(null),
  fc.integer(),
  fc.string(),
  fc.constantFrom('@{', '@', '$stored').map((text) => text),
  fc.nat(4).map((n) => ({ kept: n })),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('a', 'a/b', '~1', '~', '', '0', '$stored', 'parts'), tie('tree')),
  ),
}));

test('whatever is bound with stand-ins is read back as the whole, however it is written', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('x', 'y/z', '$stored'), tree),
      fc.boolean(),
      (drawn, isLong) => {
        const db = openInMemory();
        const places = Array.from({ length: 5 }, (_, n) =>
          keep(db, 'input', JSON.stringify(`large ${n}`)),
        );
        const bind = (value: unknown, stand: (n: number) => Json): Json => {
          if (Array.isArray(value)) return value.map((item) => bind(item, stand));
          if (typeof value !== 'object' || value === null) return value as Json;
          if ('kept' in value) return stand(value.kept as number);
          return Object.fromEntries(
            Object.entries(value).map(([key, part]) => [key, bind(part, stand)]),
          );
        };
        const given = isLong ? { ...drawn, long: 'y'.repeat(20_000) } : drawn;
        const bound = bind(given, (n) => asJson(new KeptValue(places[n] ?? '', 9))) as JsonObject;
        const { value, places: missing } = withoutKept('input', bound);
        const payload = { input: value, other: 1, ...storedParts('input', missing) };
        const packed = packPayload(db, payload);
        const column = columnOf(JSON.parse(packed.text) as JsonObject, 'input');
        assert.deepEqual(
          valueOf(db, column),
          bind(given, (n) => `large ${n}`),
        );
        db.close();
      },
    ),
    { numRuns: 300 },
  );
});
