import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { openHost } from '../../src/host.ts';
import type { HostEvent } from '../../src/queue/index.ts';
import { TestWorkspace } from '../capabilities/workspace.ts';

const tool = `
import { defineAdapter, defineCapability, needed } from '@capstan/worker';
export default defineCapability({
  name: 'words', version: '1.0.0',
  actions: { count: { input: { text: { type: 'string' } }, run: ({ text }) => text.length } },
});
class Counter { count(text: string): number { return needed(text); } }
const length = { input: { text: { type: 'string' } }, run: ({ text }, tool) => tool.count(text) } as const;
export const Counting = defineAdapter({ task: 'counting', needs: Counter, methods: { length } });
export const Measuring = defineAdapter({ task: 'measuring', needs: Counter, methods: { length } });
export class Unfit {
  static taskName = 'training';
  static toolProtocol = { name: 'Trainer', methods: { train: ['data'], count: ['path'] }, properties: ['device'] };
}
export class Broken {
  static taskName = 'breaking';
  constructor() { throw new Error('this adapter never works'); }
}
`;

/** The same action, and no adapter of its own. */
const letters = tool.slice(0, tool.indexOf('class Counter')).replace("'words'", "'letters'");

async function opened(t: TestContext, yaml: string) {
  const workspace = await TestWorkspace.with(t, {
    'capstan.yaml': yaml,
    'words.ts': tool,
    'letters.ts': letters,
  });
  const report = await workspace.install();
  const errors = report.capabilities.flatMap(({ error }) => (error === null ? [] : [error]));
  const bound: string[][] = [];
  const onEvent = (event: HostEvent): void => {
    if (event.type !== 'adapter_bound' || !('payload' in event)) return;
    const { specs } = event.payload as { specs: string[] };
    bound.push(specs.map((spec) => spec.slice(spec.lastIndexOf(':') + 1)));
  };
  const host = await openHost({ root: workspace.root, env: process.env, onEvent });
  workspace.open.push(host);
  const call = async (capability: string, task: string): Promise<unknown> => {
    const [job] = await host.submit([
      { capability, task, method: 'length', input: { text: 'four' } },
    ]);
    const { result, error } = await host.wait(job?.jobId ?? '');
    return error?.code ?? result;
  };
  return { workspace, host, errors, bound, call };
}

const plain = 'capabilities:\n  - { name: words, environment: npm, source: ./words.ts }\n';

test('by default every compatible adapter binds, one that fails is left out, and the worker still serves', async (t) => {
  const { host, call } = await opened(t, plain);
  const { tasks, state, notices } = await host.load({ capability: 'words' });
  assert.equal(state, 'ready');
  assert.match(
    notices.join('\n'),
    /^words serves without the task breaking: its adapter words\.Broken failed; `capstan logs` says why$/,
  );
  assert.deepEqual(tasks.toSorted(), ['breaking', 'counting', 'measuring']);
  assert.equal(await call('words', 'counting'), 4);
  assert.equal(await call('words', 'measuring'), 4);
});

test('an explicit list at load binds just those it names', async (t) => {
  const { host, bound, call } = await opened(t, plain);
  const { tasks } = await host.load({
    capability: 'words',
    instance: 'one',
    adapters: ['Measuring'],
  });
  assert.deepEqual(tasks, ['measuring']);
  assert.equal(await call('one', 'measuring'), 4);
  assert.deepEqual(bound, [['Measuring']]);
});

test('an explicit list at load refuses an unknown adapter, and one that does not fit with all that is missing', async (t) => {
  const { host } = await opened(t, plain);
  const load = (...adapters: string[]) => host.load({ capability: 'words', adapters });
  await assert.rejects(load('Countin'), {
    code: 'ADAPTER_NOT_FOUND',
    hint: 'did you mean "Counting"?',
  });
  await assert.rejects(load('Counting', 'Unfit'), {
    code: 'ADAPTER_INCOMPATIBLE',
    message:
      'words cannot be adapted to training by words.Unfit: it has no method train(); it has no property device; count(text) does not begin with (path).',
  });
});

test('a declared instance binds what it names, the others what their capability says', async (t) => {
  const { host, errors } = await opened(
    t,
    `capabilities:
  - name: words
    environment: npm
    source: ./words.ts
    adapters: ["words.ts:Counting"]
    instances: { measured: { adapters: ["words.ts:Measuring"] }, none: { adapters: [] } }
`,
  );
  assert.deepEqual(errors, []);
  const tasksOf = async (instance: string) =>
    (await host.load({ capability: 'words', instance })).tasks;
  assert.deepEqual(await tasksOf('words'), ['counting']);
  assert.deepEqual(await tasksOf('measured'), ['measuring']);
  assert.deepEqual(await tasksOf('none'), []);
});

test('an adapter that is declared and does not fit is refused when it is installed', async (t) => {
  const { errors } = await opened(
    t,
    'capabilities:\n  - { name: words, environment: npm, source: ./words.ts, adapters: ["words.ts:Unfit"] }\n',
  );
  assert.equal(errors[0]?.code, 'ADAPTER_INCOMPATIBLE');
  assert.match(errors[0]?.message ?? '', /it has no method train\(\); it has no property device/);
});

test('an adapter that is declared and is not there is refused when it is installed, with the nearest name', async (t) => {
  const { errors } = await opened(
    t,
    'capabilities:\n  - { name: words, environment: npm, source: ./words.ts, adapters: ["words.ts:Countin"] }\n',
  );
  assert.equal(errors[0]?.code, 'ADAPTER_NOT_FOUND');
  assert.match(
    errors[0]?.message ?? '',
    /words\.ts exports no adapter "Countin"; did you mean "Counting"\?/,
  );
});

test('adapters of another capability are bound where both share an environment', async (t) => {
  const { host, call } = await opened(
    t,
    `capabilities:
  - { name: words, environment: npm, source: ./words.ts, adapters: ["words.ts:Counting"] }
  - { name: letters, environment: npm, source: ./letters.ts }
`,
  );
  const { tasks } = await host.load({ capability: 'letters' });
  assert.deepEqual(tasks, ['counting']);
  assert.equal(await call('letters', 'counting'), 4);
});
