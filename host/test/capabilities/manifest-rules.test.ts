import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Introspection } from '@capstan/protocol';
import { parseAdapterManifest } from '../../src/capabilities/adapter-manifest.ts';
import { parseManifest } from '../../src/capabilities/manifest.ts';
import {
  adapterDocuments,
  type InstalledFacts,
  manifestDocument,
  regeneratedDocument,
} from '../../src/capabilities/manifest-document.ts';
import { readManifests } from '../../src/capabilities/manifests.ts';
import {
  canonicalHash,
  formatPythonJson,
  isPythonObject,
  parsePythonJson,
  plainJson,
  type PythonObject,
} from '../../src/capabilities/python-json.ts';
import { recordAdapters } from '../../src/capabilities/record-adapters.ts';
import { temporaryFolder } from '../environments/workbench.ts';

/** The rules of the 2.0 layout, and of the manifests of adapters, one by one. */

type Members = { [member: string]: unknown };

const empty = {
  name: 'words',
  version: '1.0.0',
  description: 'Counts words.',
  module: '/code/words.py',
  class: 'Words',
  config_schema: null,
  structural_surface: { methods: [], properties: [], attributes: [] },
  actions: {},
  adapters: [],
  worker_env: [],
  runtime: { language: 'python', version: '3', interpreter: '/python' },
  sdk: { name: 'capstan-worker-python', version: '0.1.0', protocol: [1, 1] },
};

const adapter = (over: Members = {}) => ({
  name: 'words.Counting',
  version: '1.2',
  task_name: 'counting',
  module: '/code/words.py',
  class: 'Counting',
  required_tool_protocol: 'words.Counter',
  protocol_members: {
    methods: [{ name: 'count', signature: '(self, text)', params: ['text'] }],
    properties: ['language'],
  },
  methods: { words: { description: '', input: {}, output: null, effects: 'pure' } },
  ...over,
});

function factsOf(found: Members): InstalledFacts {
  const document = parsePythonJson(JSON.stringify({ ...empty, ...found }));
  assert.ok(isPythonObject(document));
  const facts = JSON.parse(JSON.stringify(plainJson(document))) as Introspection;
  return {
    name: 'words',
    command: ['/e/bin/python', '-m', 'capstan_worker'],
    module: '/code/words.py',
    bound: new Set(),
    source: { spec: './words.py', hash: 'h' },
    requirementHash: 'r',
    built: {
      key: 'uv-1',
      folder: '/e',
      reused: false,
      record: {
        kind: 'uv',
        key: 'uv-1',
        interpreter: '/e/bin/python',
        interpreterVersion: '3.11',
        platform: 'linux-x64',
        requirements: { kind: 'command', package: null },
        lock: [],
        lockHash: `sha256:${'0'.repeat(64)}`,
        builtAt: '',
        sdk: { version: '0.1.0', sha256: 's' },
        tool: '',
        executable: null,
      },
    },
    sdkHash: 's',
    introspected: { document, facts },
    installerVersion: '9.9.9',
    now: '2026-01-02T03:04:05.678Z',
  };
}

const sectionsOf = (document: PythonObject): { [section: string]: Members } =>
  JSON.parse(formatPythonJson(document)) as { [section: string]: Members };

test('layout 2.0: a manifest is indented JSON with format_version, install, code, drift_tracking and overrides', () => {
  const document = manifestDocument(factsOf({}), null);
  const sections = sectionsOf(document);
  assert.deepEqual(Object.keys(sections), [
    'format_version',
    'install',
    'code',
    'drift_tracking',
    'overrides',
    'capstan',
  ]);
  assert.equal(sections['format_version'], '2.0');
  assert.match(formatPythonJson(document), /^\{\n {2}"format_version"/);
});

test('layout 2.0: install has all its members, empty ones included, and names its installer', () => {
  assert.deepEqual(sectionsOf(manifestDocument(factsOf({}), null))['install'], {
    conda_env: '',
    db_path: '',
    env_vars: {},
    python_path: '/e/bin/python',
    installed_at: '2026-01-02T03:04:05.678Z',
    installer_version: 'capstan 9.9.9',
    package_source: './words.py',
  });
});

test('layout 2.0: optional members of code are written only when there is something to say', () => {
  const bare = sectionsOf(manifestDocument(factsOf({ structural_surface: null }), null))['code'];
  assert.deepEqual(Object.keys(bare ?? {}), ['name', 'version', 'description', 'module', 'class']);
  const full = factsOf({
    resources: { requires_gpu: true },
    config_schema: { type: 'object' },
    worker_env: [{ name: 'TOKEN' }],
  });
  const said = sectionsOf(manifestDocument(full, null))['code'] ?? {};
  for (const member of ['resources', 'config_schema', 'worker_env', 'structural_surface']) {
    assert.ok(member in said, member);
  }
  assert.ok(!('regenerated_at' in said));
});

test('layout 2.0: every required member of code is there and not blank, whatever the code says of itself', () => {
  const mute = factsOf({ name: '', version: '', description: '', class: '', module: '' });
  const {
    name,
    version,
    description,
    module,
    class: className,
  } = sectionsOf(manifestDocument(mute, null))['code'] ?? {};
  for (const value of [name, version, description, module, className]) {
    assert.notEqual(String(value).trim(), '');
  }
});

test('layout 2.0: the witnesses are hashed in the canonical form, and nothing hashes as {}', () => {
  const surface = { methods: [], properties: ['größe'], attributes: [] };
  const { drift_tracking: drift } = sectionsOf(
    manifestDocument(factsOf({ structural_surface: surface }), null),
  );
  assert.deepEqual(drift, {
    config_schema_hash: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
    structural_surface_hash: canonicalHash(surface),
  });
});

test('layout 2.0: unknown members survive installing again and regenerating, in every section', () => {
  const first = sectionsOf(manifestDocument(factsOf({}), null));
  for (const section of ['install', 'code', 'drift_tracking', 'overrides', 'capstan']) {
    Object.assign(first[section] ?? {}, { theirs: section });
  }
  const earlier = parseManifest(JSON.stringify({ ...first, x_other: 1 }), '/m/words.json');
  const again = manifestDocument(factsOf({}), earlier);
  const anew = regeneratedDocument(factsOf({}), earlier);
  for (const document of [again, anew]) {
    const sections = sectionsOf(document);
    assert.equal(sections['x_other'], 1);
    for (const section of ['install', 'code', 'drift_tracking', 'overrides', 'capstan']) {
      assert.equal(sections[section]?.['theirs'], section);
    }
  }
});

test('layout 2.0: regenerating dates the code section and touches nothing of install', () => {
  const first = manifestDocument(factsOf({}), null);
  const earlier = parseManifest(formatPythonJson(first), '/m/words.json');
  const later = { ...factsOf({ version: '2.0.0' }), now: '2027-01-01T00:00:00.000Z' };
  const anew = sectionsOf(regeneratedDocument(later, earlier));
  assert.deepEqual(anew['install'], sectionsOf(first)['install']);
  assert.equal(anew['code']?.['version'], '2.0.0');
  assert.equal(anew['code']?.['regenerated_at'], '2027-01-01T00:00:00.000Z');
  assert.equal(anew['capstan']?.['requirement_hash'], 'r');
});

test('adapter manifests: the manifest of an adapter has every member of the layout, and its file the task and class', () => {
  const [written] = adapterDocuments({
    ...factsOf({ adapters: [adapter()] }),
    environmentKey: 'uv-1',
  });
  assert.equal(written?.file, 'adapter-counting-Counting');
  const { capstan, ...members } = sectionsOf(written.document);
  assert.deepEqual(members, {
    unit: 'adapter',
    name: 'words.Counting',
    version: '1.2',
    task_name: 'counting',
    module: '/code/words.py',
    class: 'Counting',
    required_tool_protocol: 'words.Counter',
    protocol_members: adapter().protocol_members,
    conda_env: '',
    generated_at: '2026-01-02T03:04:05.678Z',
  });
  assert.equal(capstan?.['spec'], '/code/words.py:Counting');
  const read = parseAdapterManifest(formatPythonJson(written.document), '/m/a.json');
  assert.equal(read?.required_tool_protocol, 'words.Counter');
  assert.deepEqual(Object.keys(read?.capstan?.methods ?? {}), ['words']);
});

test('adapter manifests: a task may be called what its author likes, and its file is still a file', () => {
  const odd = adapter({ task_name: '../speech to text/ä', class: 'Ü' });
  const [written] = adapterDocuments({ ...factsOf({ adapters: [odd] }), environmentKey: 'uv-1' });
  assert.equal(written?.file, 'adapter-.._speech_to_text_-_');
});

test('adapter manifests: adapters of one name for one task, of two capabilities, are both recorded', async (t) => {
  const folder = temporaryFolder(t);
  const write = (name: string) => {
    const facts = { ...factsOf({ adapters: [adapter()] }), name, environmentKey: 'uv-1' };
    return recordAdapters(folder, name, adapterDocuments(facts));
  };
  await write('words');
  await write('letters');
  await write('letters');
  await write('words');
  const ownerOf = (file: string): unknown =>
    (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { capstan: Members }).capstan[
      'capability'
    ];
  assert.equal(ownerOf('adapter-counting-Counting.json'), 'words');
  assert.equal(ownerOf('adapter-counting-Counting-letters.json'), 'letters');
  await recordAdapters(folder, 'words', []);
  assert.ok(!existsSync(join(folder, 'adapter-counting-Counting.json')));
  assert.ok(existsSync(join(folder, 'adapter-counting-Counting-letters.json')));
});

test('discovery: of a folder of manifests a bad file is told and skipped, and the rest still load', async (t) => {
  const folder = temporaryFolder(t);
  const good = formatPythonJson(manifestDocument(factsOf({}), null));
  writeFileSync(join(folder, 'words.json'), good);
  writeFileSync(join(folder, 'broken.json'), '{');
  writeFileSync(join(folder, 'old.json'), '{"format_version": "1.0"}');
  writeFileSync(join(folder, 'adapter-x-Y.json'), '{"unit": "adapter"}');
  writeFileSync(join(folder, 'notes.txt'), 'not JSON');
  const { manifests, problems } = await readManifests(folder);
  assert.deepEqual(
    manifests.map(({ code }) => code.name),
    ['words'],
  );
  const messages = problems.map(({ message }) => message).join('\n');
  assert.match(messages, /broken\.json/);
  assert.match(messages, /old\.json.*"1\.0"/);
  assert.equal(problems.length, 2);
});
