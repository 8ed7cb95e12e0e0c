import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { readManifest, regenerateManifests } from '../../src/capabilities/index.ts';
import { endsOf, TestWorkspace } from './workspace.ts';

const words = `
from capstan_worker import Capability, action
from dataclasses import dataclass

class Words(Capability):
    """Counts words."""

    @dataclass
    class Config:
        weight: float = 1.0
        unit: str = "m"

    @action
    def count(self, text: str) -> int:
        return len(text.split())

class Wanted:
    def count(self, text): ...

class Counting:
    task_name = "counting"
    tool_protocol = Wanted
    def __init__(self, tool): ...
    def words(self, text: str) -> int: ...

class Elsewhere:
    def translate(self, text): ...

class Translating:
    task_name = "translating"
    tool_protocol = Elsewhere
`;

async function installed(t: TestContext): Promise<TestWorkspace> {
  const workspace = await TestWorkspace.with(t, {
    'capstan.yaml':
      'capabilities:\n  - { name: words, environment: venv, source: ./words.py, class: Words }\n',
    'words.py': words,
  });
  assert.deepEqual(endsOf(await workspace.install()), ['words: installed']);
  return workspace;
}

type Members = { [member: string]: unknown };
const read = (file: string) =>
  JSON.parse(readFileSync(file, 'utf8')) as { [section: string]: Members };
const edit = (file: string, change: (document: { [section: string]: Members }) => void): void => {
  const document = read(file);
  change(document);
  writeFileSync(file, JSON.stringify(document));
};

const regenerate = async (workspace: TestWorkspace, names?: string[]) =>
  regenerateManifests(await workspace.read(), { names, env: process.env });

test('what fits is bound without being named, what does not is recorded and left out', async (t) => {
  const workspace = await installed(t);
  const { capstan } = await readManifest(workspace.manifest('words'));
  assert.deepEqual(
    capstan?.adapters.map((one) => one.task_name),
    ['counting'],
  );
  assert.equal(read(workspace.manifest('adapter-translating-Translating'))['class'], 'Translating');
});

test('regenerating keeps the install section whole, with members that nobody knows, and overrides', async (t) => {
  const workspace = await installed(t);
  const file = workspace.manifest('words');
  edit(file, ({ install, code, capstan, ...document }) => {
    Object.assign(install ?? {}, { env_vars: { SPEED: '2' }, db_path: '/db', from_elsewhere: [1] });
    Object.assign(code ?? {}, { theirs: 'kept' });
    Object.assign(capstan ?? {}, { ours_of_tomorrow: true });
    Object.assign(document['overrides'] ?? {}, { anything: { goes: 1 } });
  });
  const text = readFileSync(file, 'utf8').replace(
    '"from_elsewhere":[1]',
    '"from_elsewhere":[1.0,1e-7]',
  );
  writeFileSync(file, text);
  const before = read(file);
  const [report] = await regenerate(workspace, ['words']);
  assert.equal(report?.state, 'unchanged');
  const after = read(file);
  assert.deepEqual(after['install'], before['install']);
  assert.deepEqual(after['overrides'], { anything: { goes: 1 } });
  assert.equal(after['code']?.['theirs'], 'kept');
  assert.equal(after['capstan']?.['ours_of_tomorrow'], true);
  assert.match(readFileSync(file, 'utf8'), /"from_elsewhere": \[\s*1\.0,\s*1e-7\s*\]/);
  assert.match(readFileSync(file, 'utf8'), /"default": 1\.0/);
  assert.match(String(after['code']?.['regenerated_at']), /^20\d\d-/);
  assert.deepEqual(after['drift_tracking'], before['drift_tracking']);
});

test('regenerating records what the code offers, and says what that changed', async (t) => {
  const workspace = await installed(t);
  const file = workspace.manifest('words');
  const before = read(file);
  edit(file, ({ code, capstan, drift_tracking: drift }) => {
    assert.ok(code && capstan && drift);
    code['version'] = '0.9';
    code['config_schema'] = { type: 'object', properties: { gone: { type: 'string' } } };
    capstan['actions'] = {};
    capstan['adapters'] = [];
    drift['config_schema_hash'] = `sha256:${'0'.repeat(64)}`;
  });
  const [report] = await regenerate(workspace);
  assert.equal(report?.state, 'changed');
  const changes = report?.changes.join('\n') ?? '';
  for (const said of [
    /its version was "0\.9"/,
    /the action count is new/,
    /the task counting is new/,
    /the setting "gone" is gone/,
    /the setting "weight" is new/,
  ]) {
    assert.match(changes, said);
  }
  const after = read(file);
  assert.deepEqual(after['drift_tracking'], before['drift_tracking']);
  assert.deepEqual(after['capstan'], before['capstan']);
});

test('regenerating what cannot be asked says why, and leaves its manifest alone', async (t) => {
  const workspace = await installed(t);
  const file = workspace.manifest('words');
  edit(file, ({ capstan }) => Object.assign(capstan ?? {}, { module: '/nowhere/words.py' }));
  const before = readFileSync(file, 'utf8');
  const [report] = await regenerate(workspace, ['words']);
  assert.equal(report?.state, 'failed');
  assert.equal(report?.error?.code, 'INTROSPECTION_FAILED');
  assert.equal(readFileSync(file, 'utf8'), before);

  edit(file, ({ capstan }) =>
    Object.assign(capstan ?? {}, {
      environment: { ...(capstan?.['environment'] as object), path: '/gone' },
    }),
  );
  const [gone] = await regenerate(workspace, ['words']);
  assert.equal(gone?.error?.code, 'ENV_CHANGED');
  await assert.rejects(regenerate(workspace, ['word']), /There is no capability "word"/);
});

test('a reinstallation removes the records of adapters that are no longer there', async (t) => {
  const workspace = await installed(t);
  await workspace.write({ 'words.py': words.replace('class Translating', 'class _Translating') });
  await workspace.install();
  assert.throws(() => read(workspace.manifest('adapter-translating-Translating')), /ENOENT/);
  assert.equal(read(workspace.manifest('adapter-counting-Counting'))['class'], 'Counting');
});
