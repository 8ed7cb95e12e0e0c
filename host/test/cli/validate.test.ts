import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { doors } from '../../src/cli/runtime.ts';
import { writeFiles } from '../environments/workbench.ts';
import { documentIn } from './documents.ts';
import { capstan } from './fake-io.ts';

const forced = 'import logging\nlogging.basicConfig(force=True)\n';
const plain = 'import logging\nlogging.basicConfig()\n';
const yaml = `capabilities:
  - { name: tool, environment: venv, source: ./tool.py }
`;

async function folderWith(t: TestContext, files: { [path: string]: string }) {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-validate-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await writeFiles(folder, files);
  const run = (...argv: string[]) =>
    capstan(['validate', ...argv], { cwd: folder, declared: doors.declared, env: process.env });
  return { folder, run };
}

test('of a folder the sources are looked at, but not hidden folders, tests_manual and _proc', async (t) => {
  const { run } = await folderWith(t, {
    'src/a.py': forced,
    'src/.hidden/b.py': forced,
    'src/tests_manual/c.py': forced,
    'src/_proc/d.py': forced,
    'src/node_modules/e.ts': 'enum A {}',
    'src/notes.txt': 'logging.basicConfig(force=True)',
  });
  const { code, stderr } = await run('src');
  assert.equal(code, 2);
  assert.match(stderr, /^src\/a\.py:2:1: error: .*\[py-basicconfig-force\]\n {4}Use /);
  assert.match(stderr, /\n1 error in src\/a\.py; nothing was run\./);
  assert.doesNotMatch(stderr, /[bcde]\.(py|ts)/);
});

test('warnings alone exit with 0, with --strict they are errors', async (t) => {
  const { run } = await folderWith(t, { 'a.py': plain });
  const lenient = await run('a.py');
  assert.equal(lenient.code, 0);
  assert.match(lenient.stderr, /a\.py:2:1: warning/);
  assert.match(lenient.stdout, /^valid {2}a\.py, with 1 warning/);
  const strict = await run('a.py', '--strict');
  assert.equal(strict.code, 2);
  assert.match(strict.stderr, /a\.py:2:1: error/);
});

test('--format json is --json: one document with file, line, column, code, message and what to do', async (t) => {
  const { run, folder } = await folderWith(t, {
    'a.py': forced,
    'm.json': '{"format_version": "1.0", "code": {}}',
  });
  const answer = await run('a.py', 'm.json', '--format', 'json');
  assert.equal(answer.code, 2);
  assert.equal(answer.stderr, '');
  const document = documentIn(answer.stdout, 'validate');
  assert.equal(document['errors'], 2);
  const [python, manifest] = document['problems'];
  assert.deepEqual(
    [python.file, python.line, python.column, python.code],
    [join(folder, 'a.py'), 2, 1, 'py-basicconfig-force'],
  );
  assert.ok(python.hint);
  assert.match(manifest.message, /it says "1\.0"/);
  const usage = await run('a.py', '--format', 'xml');
  assert.equal(usage.code, 2);
  assert.match(usage.stderr, /text, json/);
});

test('without an argument it is the workspace: capstan.yaml, the sources it names and its manifests', async (t) => {
  const { run } = await folderWith(t, {
    'capstan.yaml': yaml,
    'tool.py': forced,
    'other.py': forced,
    '.capstan/manifests/tool.json': '{"format_version": "2.0"}',
  });
  const { code, stderr } = await run();
  assert.equal(code, 2);
  assert.match(stderr, /^tool\.py:2:1: error/m);
  assert.match(
    stderr,
    /^\.capstan\/manifests\/tool\.json:1:1: error: the section install is missing/m,
  );
  assert.doesNotMatch(stderr, /other\.py/);
});

test('of capstan.yaml every problem is told, and then whether the files it names are there', async (t) => {
  const { run } = await folderWith(t, {
    'capstan.yaml': `${yaml}  - { name: tool, environment: uvv }\n`,
  });
  const form = await run('capstan.yaml');
  assert.equal(form.code, 2);
  assert.match(form.stderr, /capstan\.yaml:3:\d+: error: .*uvv.*\n.*did you mean "uv"/);
  const files = await folderWith(t, { 'capstan.yaml': yaml });
  const { stderr } = await files.run('capstan.yaml');
  assert.match(stderr, /capstan\.yaml:2:\d+: error: the source \.\/tool\.py does not exist/);
});

test('environment files are checked, and what is nothing of ours is said to be so', async (t) => {
  const { run } = await folderWith(t, {
    'environment.yml': 'dependencies: [python, 3]\n',
    'README.md': '# hello',
    'bytes.py': '\u0000',
  });
  assert.match((await run('environment.yml')).stderr, /environment\.yml:1:24: error/);
  const readme = await run('README.md');
  assert.equal(readme.code, 2);
  assert.match(readme.stderr, /none of the files that can be checked/);
  assert.equal((await run('absent.py')).code, 3);
});
