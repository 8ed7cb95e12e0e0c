import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readWorkspace } from '../../src/capabilities/index.ts';
import { want } from '../../src/capabilities/prepare.ts';
import { requirementIdentity } from '../../src/environments/index.ts';
import { temporaryFolder, writeFiles } from '../environments/workbench.ts';

async function wanted(
  t: TestContext,
  entry: string,
  files: { readonly [path: string]: string } = {},
) {
  const root = temporaryFolder(t);
  const text = `capabilities:\n  - { name: tool, dialect: cjm, ${entry} }\n`;
  await writeFiles(root, { 'capstan.yaml': text, ...files });
  const workspace = await readWorkspace(root);
  const [declaration] = workspace.capabilities;
  assert.ok(declaration);
  return { root, declaration, wanted: await want(declaration, workspace) };
}

test('cjm-substrate is in each environment of its dialect, once', async (t) => {
  const lines = async (entry: string) => {
    const { requirement } = (await wanted(t, entry)).wanted;
    return 'requirements' in requirement ? requirement.requirements : [];
  };
  const plain = await lines('environment: uv, source: cjm-capability-x');
  assert.deepEqual(plain, ['cjm-capability-x', 'cjm-substrate']);
  const named = 'environment: { kind: uv, requirements: [cjm-substrate==0.0.74] }';
  assert.deepEqual(await lines(`${named}, source: cjm-capability-x`), [
    'cjm-substrate==0.0.74',
    'cjm-capability-x',
  ]);
});

test('the folder of a project is installed as a package, for such a worker loads nothing else', async (t) => {
  const { root, wanted: found } = await wanted(t, 'environment: uv, source: ./tool', {
    'tool/pyproject.toml': '[project]\nname = "cjm-capability-tool"\n',
  });
  assert.deepEqual(found.source, { kind: 'archive', path: join(root, 'tool') });
  const { requirement } = found;
  assert.ok('files' in requirement);
  assert.deepEqual(
    requirement.files.map(({ path }) => path),
    [join(root, 'tool')],
  );
});

test('a worker of cjm-substrate in npm, or of a single file, is refused at its place', async (t) => {
  await assert.rejects(wanted(t, 'environment: npm, source: cjm-capability-x'), {
    code: 'DECLARATION_INVALID',
    message: /capstan\.yaml:2:\d+: .*cannot run in an environment of kind npm/,
  });
  await assert.rejects(wanted(t, 'environment: uv, source: ./tool.py', { 'tool.py': '' }), {
    code: 'DECLARATION_INVALID',
    message: /loads packages, and tool\.py is a file/,
  });
});

test('a dialect that is misspelt is answered with the known ones', async (t) => {
  const root = temporaryFolder(t);
  await writeFiles(root, {
    'capstan.yaml': 'capabilities:\n  - { name: a, dialect: cmj, environment: uv, source: x }\n',
  });
  await assert.rejects(readWorkspace(root), { message: /did you mean "cjm"/ });
});

test('ignoring which Python packages ask for makes another environment', () => {
  const requirement = {
    kind: 'venv' as const,
    python: '>=3.9',
    requirements: ['six'],
    constraints: [],
    files: [],
    lock: null,
  };
  const looser = { ...requirement, ignoreRequiresPython: true as const };
  assert.notDeepEqual(requirementIdentity(requirement), requirementIdentity(looser));
});
