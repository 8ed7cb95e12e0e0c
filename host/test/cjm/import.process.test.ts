import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { loadInstalled, readWorkspace } from '../../src/capabilities/index.ts';
import { doors } from '../../src/cli/runtime.ts';
import { documentIn } from '../cli/documents.ts';
import { capstan } from '../cli/fake-io.ts';
import { temporaryFolder, writeFiles } from '../environments/workbench.ts';

const cjmYaml = `
runtime: { conda_type: micromamba, prefix: ./runtime }
data_dir: .cjm
models_dir: ./models
substrate: { drift_detection: false }
`;
const capabilities = `
capabilities:
  - name: whisper
    env_name: whisper-env
    python_version: "3.12"
    package: cjm-capability-whisper
  - name: ffmpeg
    env_name: ffmpeg-env
    env_file: envs/ffmpeg.yml
    package: -e ./tools/ffmpeg
`;
const whisper = {
  format_version: '2.0',
  install: {
    python_path: process.execPath,
    conda_env: 'whisper-env',
    installer_version: 'cjm-ctl 0.0.74',
  },
  code: {
    name: 'cjm-capability-whisper',
    version: '1',
    description: 'Writes down what is said.',
    module: 'cjm_capability_whisper.capability',
    class: 'Whisper',
  },
  drift_tracking: {},
};
const flat = {
  name: 'cjm-old-plugin',
  version: '0.1',
  module: 'cjm_old_plugin.plugin',
  class: 'Old',
  python_path: '/opt/old/bin/python',
  package_source: 'cjm-old-plugin',
};

async function project(t: TestContext, more: { readonly [path: string]: string } = {}) {
  const folder = temporaryFolder(t);
  await writeFiles(folder, {
    'there/cjm.yaml': cjmYaml,
    'there/capabilities.yaml': capabilities,
    'there/.cjm/manifests/cjm-capability-whisper.json': JSON.stringify(whisper),
    'there/.cjm/manifests/cjm-old-plugin.json': JSON.stringify(flat),
    'there/.cjm/secrets/secrets.json':
      '{"__default__": {"cjm-capability-whisper": {"HF_TOKEN": "v3ry-s3cret"}}}',
    'here/.keep': '',
    ...more,
  });
  const run = (...argv: string[]) =>
    capstan(argv, { cwd: join(folder, 'here'), env: { HOME: folder }, declared: doors.declared });
  return { folder, here: join(folder, 'here'), run };
}

function writeSettings(file: string, rows: readonly (readonly [string, string, number])[]): void {
  const database = new DatabaseSync(file);
  database.exec(
    'CREATE TABLE capability_configs (instance_id TEXT PRIMARY KEY, config_json TEXT, enabled INTEGER, worker_env_json TEXT, updated_at REAL)',
  );
  const insert = database.prepare("INSERT INTO capability_configs VALUES (?, ?, ?, '{}', 0)");
  for (const row of rows) insert.run(...row);
  database.close();
}

test('a project of the other system is shown as entries of capstan.yaml, and nothing is written', async (t) => {
  const { here, folder, run } = await project(t);
  const database = join(folder, 'there/.cjm/capability_configs.db');
  writeSettings(database, [
    ['cjm-capability-whisper', '{"model": "large"}', 1],
    ['whisper-small', '{"model": "small"}', 1],
    ['damaged', '{', 1],
  ]);
  const { code, stdout, stderr } = await run('import', 'cjm', '../there');
  assert.equal(code, 0);
  assert.match(stdout, /^capabilities:\n {2}# from .*capabilities\.yaml:3\n {2}- name: whisper\n/);
  assert.match(stdout, /kind: micromamba\n {6}file: .*envs\/ffmpeg\.yml\n {6}tool: .*micromamba/);
  assert.match(stdout, /config:\n {6}model: large/);
  assert.match(stderr, /capstan secret set whisper HF_TOKEN/);
  assert.match(stderr, /the instance "whisper-small" do not say whose they are/);
  assert.match(stderr, /write `drift: false`/);
  assert.ok(!`${stdout}${stderr}`.includes('v3ry-s3cret'));
  assert.ok(!existsSync(join(here, 'capstan.yaml')));
});

test('--write adds what is not declared yet, and a second time nothing', async (t) => {
  const mine =
    '# mine\ncapabilities:\n  - { name: ffmpeg, environment: npm, source: ./x.ts } # kept\n';
  const { here, run } = await project(t, { 'here/capstan.yaml': mine });
  const first = await run('import', 'cjm', '../there', '--write', '--json');
  const document = documentIn(first.stdout, 'import-cjm');
  assert.equal(document['written'], true);
  assert.deepEqual(
    document['entries'].map(
      ({ name, state }: { name: string; state: string }) => `${name} ${state}`,
    ),
    ['whisper added', 'ffmpeg present', 'cjm-old-plugin added'],
  );
  const text = readFileSync(join(here, 'capstan.yaml'), 'utf8');
  assert.ok(text.startsWith(mine), text);
  assert.deepEqual(
    (await readWorkspace(here)).capabilities.map(({ name, dialect }) => `${name} ${dialect}`),
    ['ffmpeg capstan', 'whisper cjm', 'cjm-old-plugin cjm'],
  );
  const again = documentIn(
    (await run('import', 'cjm', '../there', '--write', '--json')).stdout,
    'import-cjm',
  );
  assert.equal(again['written'], false);
  assert.equal(readFileSync(join(here, 'capstan.yaml'), 'utf8'), text);
});

test('what is installed there can be used as it is', async (t) => {
  const { here, run } = await project(t);
  await run('import', 'cjm', '../there', '--write', '--use-installed');
  const { installed, problems } = await loadInstalled(await readWorkspace(here), {});
  const found = installed.get('whisper');
  assert.equal(found?.dialect, 'cjm');
  assert.deepEqual(found.command, [
    process.execPath,
    '-I',
    '-u',
    '-m',
    'cjm_substrate.core.worker',
  ]);
  assert.deepEqual([found.module, found.class], ['cjm_capability_whisper.capability', 'Whisper']);
  assert.deepEqual(Object.keys(found.actions), ['execute']);
  assert.deepEqual(
    problems.map(({ code, details }) => `${String(details['capability'])} ${code}`),
    ['ffmpeg CAPABILITY_NOT_INSTALLED', 'cjm-old-plugin CAPABILITY_NOT_INSTALLED'],
  );
});

test('an environment of the other system that is gone is told with the way out', async (t) => {
  const gone = { ...whisper, install: { ...whisper.install, python_path: '/no/such/python' } };
  const { here } = await project(t, {
    'here/capstan.yaml':
      'capabilities:\n  - { name: w, dialect: cjm, environment: uv, source: cjm-capability-whisper }\n',
    'here/.capstan/manifests/w.json': JSON.stringify(gone),
  });
  const { problems } = await loadInstalled(await readWorkspace(here), {});
  assert.equal(problems[0]?.code, 'ENV_CHANGED');
  assert.match(problems[0]?.hint ?? '', /capstan install/);
});

test('malformed files of the other system are told with their lines, all at once', async (t) => {
  const { run } = await project(t, {
    'there/capabilities.yaml':
      'capabilities:\n  - name: a\n    packge: b\n    adapters: [{ impl: x }]\n  - name: a\n    package: c\n',
  });
  const { code, stderr } = await run('import', 'cjm', '../there');
  assert.equal(code, 2);
  assert.match(stderr, /capabilities\.yaml:2:5: capabilities\[0\]\.package is missing/);
  assert.match(stderr, /capabilities\.yaml:4:24: .*must look like "module:Class"/);
});

test('a manifest that cannot be read is named with its line, and the others still count', async (t) => {
  const { run } = await project(t, { 'there/.cjm/manifests/broken.json': '{\n  "a": 1,\n  b }' });
  const { code, stdout } = await run('import', 'cjm', '../there', '--json');
  assert.equal(code, 0);
  const { problems, entries } = documentIn(stdout, 'import-cjm');
  assert.equal(entries.length, 3);
  assert.match(problems[0].file, /broken\.json$/);
  assert.equal(problems[0].line, 3);
  const alone = await run('import', 'cjm', '../there/.cjm/manifests/broken.json');
  assert.equal(alone.code, 2);
  assert.match(alone.stderr, /broken\.json:3:3: it is not JSON/);
});

test('a folder with nothing of the other system, and options that contradict each other, are refused in words', async (t) => {
  const { run } = await project(t);
  const nothing = await run('import', 'cjm', '.');
  assert.equal(nothing.code, 3);
  assert.match(nothing.stderr, /neither a cjm\.yaml nor a capabilities\.yaml nor a manifest/);
  assert.equal((await run('import', 'cjm', '../there', '--write', '--dry-run')).code, 2);
  assert.match((await run('import', 'cmj', '.')).stderr, /Did you mean cjm\?/);
});
