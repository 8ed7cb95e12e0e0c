import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withEntries } from '../../src/capabilities/cjm/import/append.ts';
import type { CjmEntry } from '../../src/capabilities/cjm/import/capabilities-file.ts';
import type { CjmManifest } from '../../src/capabilities/cjm/import/manifests.ts';
import { distributionOf, importedPackage } from '../../src/capabilities/cjm/import/packages.ts';
import { type CjmWorkspace, propose } from '../../src/capabilities/cjm/import/propose.ts';
import { parseWorkspace } from '../../src/capabilities/declaration.ts';
import { HostError } from '../../src/errors.ts';

const entry = (more: Partial<CjmEntry> = {}): CjmEntry => ({
  file: '/project/capabilities.yaml',
  line: 2,
  name: 'whisper',
  envName: 'whisper-env',
  package: 'cjm-capability-whisper>=0.0.40',
  envFile: null,
  pythonVersion: '3.12',
  interfaceLibs: [],
  adapters: [],
  unknown: [],
  ...more,
});
const manifest = (more: Partial<CjmManifest> = {}): CjmManifest => ({
  file: '/project/.cjm/manifests/cjm-capability-whisper.json',
  format: '2.0',
  name: 'cjm-capability-whisper',
  version: '0.0.44',
  module: 'cjm_capability_whisper.capability',
  class: 'Whisper',
  packageSource: 'cjm-capability-whisper>=0.0.40',
  pythonPath: '/envs/whisper-env/bin/python',
  condaEnv: 'whisper-env',
  envVars: [],
  unused: [],
  ...more,
});
const proposed = (found: Partial<CjmWorkspace>, declared: string[] = []) =>
  propose(
    { settings: null, entries: [], manifests: [], configs: [], ...found },
    declared,
    '/project',
  );

test('an entry of capabilities.yaml becomes an entry of capstan.yaml that says the same', () => {
  const adapters = [{ impl: 'speech.generic:Generic', lib: 'speech-adapters' }];
  const [only] = proposed({ entries: [entry({ interfaceLibs: ['speech-types'], adapters })] });
  assert.deepEqual(only?.value, {
    name: 'whisper',
    dialect: 'cjm',
    environment: {
      kind: 'uv',
      python: '3.12',
      requirements: ['speech-types', 'speech-adapters'],
    },
    source: 'cjm-capability-whisper>=0.0.40',
    adapters: ['speech.generic:Generic'],
  });
});

test('what is proposed is what capstan.yaml understands, with its environment file and its settings', () => {
  const entries = [
    entry({ envFile: 'envs/whisper.yml', pythonVersion: null, package: '-e ./whisper' }),
    entry({ name: 'Second one!', package: 'git+https://host/x/cjm-capability-b.git@main' }),
  ];
  const configs = [
    { instance: 'whisper', config: { model: 'large' }, enabled: false, env: {}, problem: null },
  ];
  const found = proposed({ entries, configs });
  const declared = parseWorkspace(withEntries(null, found), '/project/capstan.yaml');
  assert.deepEqual(
    declared.map(({ name, dialect, source, config }) => [name, dialect, source, config]),
    [
      ['whisper', 'cjm', './whisper', { model: 'large' }],
      ['Second-one', 'cjm', 'git+https://host/x/cjm-capability-b.git@main', {}],
    ],
  );
  assert.deepEqual(declared[0]?.environment, { kind: 'conda', file: './envs/whisper.yml' });
  const told = found.flatMap(({ notes }) => notes.map(({ text }) => text)).join('\n');
  assert.match(told, /`-e \.\/whisper` is installed as a copy/);
  assert.match(told, /it was disabled: `capstan disable whisper`/);
  assert.match(told, /"Second one!" becomes Second-one/);
});

test('a manifest belongs to the entry whose package it records, and stands alone where there is none', () => {
  const flat = manifest({
    name: 'cjm-old',
    format: '1.0',
    packageSource: '',
    unused: ['taxonomy'],
  });
  const found = proposed({ entries: [entry()], manifests: [manifest(), flat] });
  assert.deepEqual(
    found.map(({ name, manifest: own }) => [name, own?.name]),
    [
      ['whisper', 'cjm-capability-whisper'],
      ['cjm-old', 'cjm-old'],
    ],
  );
  assert.equal(found[1]?.value['module'], 'cjm_capability_whisper.capability');
  const told = found[1]?.notes.map(({ kind, text }) => `${kind}: ${text}`).join('\n') ?? '';
  assert.match(told, /todo: its manifest does not say which package/);
  assert.match(told, /differs: its manifest is of the flat form/);
  assert.match(told, /dropped: of its manifest: taxonomy/);
});

test('what capstan.yaml declares already is left as it is', () => {
  const [only] = proposed({ entries: [entry()] }, ['whisper']);
  assert.equal(only?.isPresent, true);
});

test('entries are added below those that are there, and nothing of the file is touched', () => {
  const text =
    '# mine\ncapabilities:\n    - name: a   # first\n      environment: npm\n      source: ./a.ts\n# end\n';
  const added = withEntries(text, [{ value: { name: 'b', source: 'x' }, from: 'here:1' }]);
  assert.equal(
    added,
    '# mine\ncapabilities:\n    - name: a   # first\n      environment: npm\n      source: ./a.ts\n\n    # from here:1\n    - name: b\n      source: x\n# end\n',
  );
  const inOneLine = withEntries('capabilities: []\n', [{ value: { name: 'b' }, from: 'here' }]);
  assert.match(inOneLine, /^capabilities:\n {2}- name: b\n$/);
  const none = { code: 'DECLARATION_INVALID' } satisfies Partial<HostError>;
  assert.throws(() => withEntries('- a\n- b\n', [{ value: { name: 'b' }, from: '' }]), none);
});

test('a package is known by the name it has once installed, however it was asked for', () => {
  for (const spec of [
    'cjm_capability.ffmpeg>=0.1',
    'cjm-capability-ffmpeg[cuda]==1',
    'git+https://host/a/cjm-capability-ffmpeg.git@main',
    '-e ../tools/cjm-capability-ffmpeg',
  ]) {
    assert.equal(distributionOf(spec), 'cjm-capability-ffmpeg', spec);
  }
  assert.deepEqual(importedPackage('-e tools/x', '/project', '/project'), {
    spec: './tools/x',
    wasEditable: true,
  });
});
