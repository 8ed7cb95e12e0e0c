import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type AdapterManifest,
  parseAdapterManifest,
  readAdapterManifests,
} from '../../src/capabilities/adapter-manifest.ts';
import {
  adaptersForTask,
  bindable,
  capabilitiesCompatibleWith,
  chosenAdapters,
  compatibilityOf,
  compatibleWithPlatform,
  offeredTo,
} from '../../src/capabilities/adapters.ts';
import { type Manifest, parseManifest } from '../../src/capabilities/manifest.ts';
import { HostError } from '../../src/errors.ts';
import { temporaryFolder } from '../environments/workbench.ts';

const hash = `sha256:${'0'.repeat(64)}`;

/** A capability with these methods, in the environment `here` unless said. */
function tool(
  name: string,
  methods: { [name: string]: string[] } | null,
  { environment = 'here', resources = {}, adapters = [] as string[] } = {},
): Manifest {
  const surface = methods && {
    methods: Object.entries(methods).map(([method, params]) => ({
      name: method,
      signature: '()',
      params,
    })),
    properties: ['language'],
    attributes: [],
  };
  const text = JSON.stringify({
    format_version: '2.0',
    install: { python_path: '/python', conda_env: '' },
    code: {
      name,
      version: '1',
      description: name,
      module: 'm',
      class: 'C',
      resources,
      ...(surface === null ? {} : { structural_surface: surface }),
    },
    drift_tracking: {},
    capstan: {
      environment: {
        kind: 'uv',
        key: environment,
        path: '/e',
        lock_hash: hash,
        interpreter: '/python',
        interpreter_version: '3',
      },
      command: ['x'],
      module: 'm',
      class: 'C',
      actions: {},
      adapters: adapters.map((spec) => ({ spec, name: spec, task_name: 'counting', methods: {} })),
      sdk: { name: 's', version: '1', sha256: 'x' },
      source: { spec: 'm', hash: null },
      requirement_hash: 'r',
    },
  });
  return parseManifest(text, `/m/${name}.json`);
}

function adapter(
  name: string,
  over: { task?: string; asks?: string[]; environment?: string } = {},
) {
  const { task = 'counting', asks = ['count'], environment = 'here' } = over;
  const document = {
    unit: 'adapter',
    name: `words.${name}`,
    version: '1.0',
    task_name: task,
    module: '/code/words.py',
    class: name,
    required_tool_protocol: 'words.Counter',
    protocol_members: {
      methods: asks.map((method) => ({ name: method, signature: '(text)', params: ['text'] })),
      properties: [],
    },
    conda_env: '',
    generated_at: '2026-01-01T00:00:00Z',
    capstan: { capability: 'words', environment, spec: `/code/words.py:${name}`, methods: {} },
  };
  const found = parseAdapterManifest(JSON.stringify(document), `/m/adapter-${name}.json`);
  assert.ok(found);
  return found;
}

const thrownBy = (work: () => unknown): HostError => {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof HostError);
    return error;
  }
  throw new Error('nothing was thrown');
};

test('an adapter is matched against a capability that is not loaded, manifest against manifest', () => {
  const counting = adapter('Counting');
  const fits = tool('words', { count: ['text', 'most'] });
  const other = tool('other', { count: ['path'] });
  assert.equal(compatibilityOf(fits, counting).compatible, true);
  assert.deepEqual(compatibilityOf(other, counting).param_mismatches, [
    { method: 'count', protocol_params: ['text'], surface_params: ['path'] },
  ]);
  assert.deepEqual(
    capabilitiesCompatibleWith([other, fits, tool('blind', null)], counting).map(
      ({ code }) => code.name,
    ),
    ['words'],
  );
});

test('the adapters for a task are found by its name alone', () => {
  const all = [adapter('A'), adapter('B', { task: 'vad' }), adapter('C')];
  assert.deepEqual(
    adaptersForTask(all, 'counting').map((one) => one.class),
    ['A', 'C'],
  );
  assert.deepEqual(adaptersForTask(all, 'countin'), []);
});

test('a capability that names no platform runs everywhere, others on those they name', () => {
  const on = (...platforms: string[]) =>
    compatibleWithPlatform([tool('t', {}, { resources: { platforms } })], 'linux-x64').length === 1;
  assert.equal(compatibleWithPlatform([tool('t', {})], 'linux-x64').length, 1);
  assert.equal(on(), true);
  assert.equal(on('darwin-arm64', 'linux-x64'), true);
  assert.equal(on('darwin-arm64'), false);
});

test('by default every compatible adapter found for the environment binds, and of two for a task the first', () => {
  const words = tool('words', { count: ['text'] });
  const offered = offeredTo(words, [
    adapter('Counting'),
    adapter('Again'),
    adapter('Unfit', { task: 'training', asks: ['train'] }),
    adapter('Detecting', { task: 'vad' }),
    adapter('Elsewhere', { task: 'other', environment: 'there' }),
  ]);
  assert.deepEqual(
    offered.map((one) => one.class),
    ['Counting', 'Again', 'Unfit', 'Detecting'],
  );
  assert.deepEqual(
    bindable(offered).map(({ spec }) => spec),
    ['/code/words.py:Counting', '/code/words.py:Detecting'],
  );
});

test('adapters a capability was installed with come before others of its environment', () => {
  const words = tool('words', { count: ['text'] }, { adapters: ['/code/words.py:Own'] });
  const offered = offeredTo(words, [adapter('Counting'), adapter('Own')]);
  assert.deepEqual(
    bindable(offered).map((one) => one.class),
    ['Own'],
  );
});

test('an adapter of another program is offered to capabilities of the same conda environment', () => {
  const foreign: AdapterManifest = { ...adapter('Counting'), conda_env: 'speech', capstan: null };
  const document = { ...tool('words', {}).document, install: { conda_env: 'speech' } };
  const words: Manifest = { ...tool('words', { count: ['text'] }), document };
  assert.equal(offeredTo(words, [foreign]).length, 1);
  assert.equal(offeredTo(tool('words', {}), [{ ...foreign, conda_env: '' }]).length, 0);
});

test('an adapter without a protocol would fit everything, and is offered to its own tool only', () => {
  const anything = { ...adapter('Anything', { asks: [] }), required_tool_protocol: '' };
  assert.equal(offeredTo(tool('words', {}), [anything]).length, 1);
  assert.equal(offeredTo(tool('other', {}), [anything]).length, 0);
});

test('an explicit list binds just those it names, however they are named', () => {
  const offered = offeredTo(tool('words', { count: ['text'] }), [
    adapter('Counting'),
    adapter('Detecting', { task: 'vad' }),
  ]);
  for (const name of ['words.py:Detecting', 'Detecting', 'words.Detecting', 'words:Detecting']) {
    assert.deepEqual(
      chosenAdapters('words', offered, [name]).map((one) => one.class),
      ['Detecting'],
      name,
    );
  }
  const inPackage = { ...offered[0], spec: '/code/ab/words/adapters.py:Counting', name: 'x.y' };
  assert.equal(
    chosenAdapters('words', [inPackage as never], ['words.adapters:Counting']).length,
    1,
  );
  assert.deepEqual(chosenAdapters('words', offered, []), []);
});

test('an explicit list refuses an unknown adapter with the nearest name', () => {
  const offered = offeredTo(tool('words', { count: ['text'] }), [adapter('Counting')]);
  const { code, message, hint } = thrownBy(() => chosenAdapters('words', offered, ['Countin']));
  assert.equal(code, 'ADAPTER_NOT_FOUND');
  assert.equal(message, 'words has no adapter "Countin".');
  assert.match(hint ?? '', /did you mean "Counting"\?/);
  const none = thrownBy(() => chosenAdapters('words', [], ['Counting']));
  assert.match(none.hint ?? '', /adapters:/);
});

test('an explicit list refuses incompatible adapters naming everything that is missing of each', () => {
  const offered = offeredTo(tool('words', { count: ['path'] }), [
    adapter('Counting'),
    adapter('Training', { task: 'training', asks: ['train', 'count'] }),
  ]);
  const { code, message, details } = thrownBy(() =>
    chosenAdapters('words', offered, ['Counting', 'Training']),
  );
  assert.equal(code, 'ADAPTER_INCOMPATIBLE');
  assert.match(message, /counting by words\.Counting: count\(path\) does not begin with \(text\)/);
  assert.match(message, /training by words\.Training: it has no method train\(\); count\(path\)/);
  assert.equal((details['missing'] as unknown[]).length, 2);
});

test('an explicit list refuses two adapters for one task', () => {
  const offered = offeredTo(tool('words', { count: ['text'] }), [adapter('A'), adapter('B')]);
  const { code, message } = thrownBy(() => chosenAdapters('words', offered, ['A', 'B']));
  assert.equal(code, 'ADAPTER_INCOMPATIBLE');
  assert.match(message, /two adapters for the task counting: words\.A and words\.B/);
});

test('an adapter manifest is told apart by its unit before any of it is read as a capability', () => {
  assert.equal(parseAdapterManifest('{"format_version": "2.0"}', 'x.json'), null);
  assert.throws(
    () => parseAdapterManifest('{"unit": "adapter", "name": "m.C"}', '/m/x.json'),
    /\/m\/x\.json cannot be used: task_name: .*; module: .*; class: .*; protocol_members/,
  );
  const text = JSON.stringify({ unit: 'adapter', name: 'm.C' });
  assert.throws(() => parseManifest(text, '/m/adapter-x.json'), /it is that of an adapter/);
});

test('of a folder of manifests, a bad adapter is told and skipped, and the first of a name counts', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(folder, { recursive: true });
  const write = (name: string, document: object) =>
    writeFileSync(join(folder, name), JSON.stringify(document));
  const { file: _, ...good } = adapter('Counting');
  write('adapter-a.json', { unit: 'adapter', ...good, version: 'first' });
  write('adapter-b.json', { unit: 'adapter', ...good, version: 'second' });
  write('adapter-c.json', { unit: 'adapter', name: 'broken' });
  write('words.json', { format_version: '2.0' });
  writeFileSync(join(folder, 'adapter-d.json'), '{"unit": "adapter",');
  const { adapters, problems } = await readAdapterManifests(folder);
  assert.deepEqual(
    adapters.map(({ version }) => version),
    ['first'],
  );
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['MANIFEST_INVALID', 'MANIFEST_INVALID'],
  );
  assert.deepEqual(await readAdapterManifests(join(folder, 'nowhere')), {
    adapters: [],
    problems: [],
    files: [],
  });
});
