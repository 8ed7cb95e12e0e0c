import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  canonicalHash,
  loadInstalled,
  parsePythonJson,
  readManifest,
  staleCapabilities,
} from '../../src/capabilities/index.ts';
import { pathsIn } from '../environments/workbench.ts';
import { endsOf, TestWorkspace } from './workspace.ts';

const hello = `
import { defineCapability } from '@capstan/worker';
export default defineCapability({
  name: 'hello',
  version: '1.0.0',
  description: 'Says hello.',
  actions: { greet: { description: 'Greets.', input: { who: { type: 'string' } }, run: ({ who }) => \`Hello, \${who}!\` } },
});
`;
const words = `
import six
from capstan_worker import Capability, action

print("garbage that no reader of a result should meet")

class Words(Capability):
    """Counts words."""

    @action
    def count(self, text: str, weight: float = 1.0) -> int:
        return len(text.split())
`;
const twoKinds = `
capabilities:
  - { name: hello, environment: npm, source: ./hello.ts }
  - name: words
    environment: { kind: venv, requirements: [six==1.16.0] }
    source: ./words.py
`;

test('capabilities of two kinds are installed, described from inside, and load', async (t) => {
  const workspace = await TestWorkspace.with(t, {
    'capstan.yaml': twoKinds,
    'hello.ts': hello,
    'words.py': words,
  });
  assert.deepEqual(endsOf(await workspace.install()), ['hello: installed', 'words: installed']);

  const { installed, problems } = await loadInstalled(await workspace.read(), process.env);
  assert.deepEqual(problems, []);
  assert.deepEqual(Object.keys(installed.get('hello')?.actions ?? {}), ['greet']);
  assert.equal(installed.get('words')?.class, 'Words');
  assert.ok(existsSync(installed.get('words')?.cwd ?? ''));

  const text = readFileSync(workspace.manifest('words'), 'utf8');
  assert.match(text, /"default": 1\.0/);
  const manifest = await readManifest(workspace.manifest('words'));
  assert.equal(manifest.code.description, 'Counts words.');
  const code = manifest.document['code'];
  assert.ok(typeof code === 'object' && code !== null && 'structural_surface' in code);
  assert.equal(manifest.drift.surfaceHash, canonicalHash(code.structural_surface));
  assert.deepEqual(await staleCapabilities(await workspace.read()), []);
});

test('a dry run says what would be done and does nothing', async (t) => {
  const workspace = await TestWorkspace.with(t, {
    'capstan.yaml': twoKinds,
    'hello.ts': hello,
    'words.py': words,
  });
  const report = await workspace.install({ dryRun: true });
  assert.deepEqual(endsOf(report), ['hello: planned', 'words: planned']);
  const steps = report.capabilities[1]?.plan?.steps.map(({ command }) => command.join(' ')) ?? [];
  assert.match(steps.join('\n'), /-m venv .*\n.* install .*requirements\.txt/);
  assert.ok(!existsSync(pathsIn(workspace.folder).environmentsDir));
  assert.ok(!existsSync(workspace.manifest('words')));
});

test('one that fails leaves the others alone, and says why in its own words', async (t) => {
  const workspace = await TestWorkspace.with(t, {
    'capstan.yaml': `
capabilities:
  - { name: missing-import, environment: venv, source: ./missing.py }
  - { name: empty, environment: npm, source: ./empty.ts }
  - { name: dies, environment: npm, source: ./dies.ts }
  - { name: unsolvable, environment: { kind: npm, packages: [is-number@99] }, source: ./hello.ts }
  - { name: no-python, environment: { kind: venv, python: ">=3.99" }, source: ./missing.py }
  - { name: no-file, environment: npm, source: ./nowhere.ts }
  - { name: hello, environment: npm, source: ./hello.ts }
  - { name: leaves, environment: venv, source: ./leaves.py }
`,
    'leaves.py': 'import os\nprint("no licence found")\nos._exit(7)',
    'missing.py': 'import a_module_nobody_has',
    'empty.ts': 'export const nothing = 1;',
    'dies.ts': 'console.error("last words"); process.exit(9);',
    'hello.ts': hello,
  });
  const report = await workspace.install();
  assert.deepEqual(endsOf(report), [
    'missing-import: failed INTROSPECTION_FAILED',
    'empty: failed INTROSPECTION_FAILED',
    'dies: failed INTROSPECTION_FAILED',
    'unsolvable: failed ENV_UNSOLVABLE',
    'no-python: failed ENV_INTERPRETER_MISSING',
    'no-file: failed FILE_NOT_FOUND',
    'hello: installed',
    'leaves: failed INTROSPECTION_FAILED',
  ]);
  const messages = report.capabilities.map(({ error }) => `${error?.message}\n${error?.hint}`);
  assert.match(messages[0] ?? '', /No module named 'a_module_nobody_has'[^]*requirements/);
  assert.ok(messages[0]?.includes(`importing ${workspace.root}/missing.py failed`), messages[0]);
  assert.match(messages[2] ?? '', /exit code 9[^]*output:\n  last words\n/);
  assert.match(messages[7] ?? '', /exit code 7[^]*output:\n  no licence found\n/);
  assert.match(messages[4] ?? '', /needs Python >=3\.99; found:?\s+3\./);
  assert.match(messages[5] ?? '', /capstan\.yaml:8:\d+: the source \.\/nowhere\.ts does not exist/);
});

test('what has not changed is not touched, changed code keeps its environment', async (t) => {
  const workspace = await TestWorkspace.with(t, {
    'capstan.yaml': twoKinds,
    'hello.ts': hello,
    'words.py': words,
  });
  await workspace.install();
  const before = await readManifest(workspace.manifest('words'));
  assert.deepEqual(endsOf(await workspace.install()), ['hello: unchanged', 'words: unchanged']);
  assert.deepEqual(
    workspace.events.map(({ stage }) => stage),
    ['plan', 'plan', 'done', 'done'],
  );

  await workspace.write({ 'words.py': words.replace('def count', 'def tally') });
  assert.deepEqual(await staleCapabilities(await workspace.read()), [
    { name: 'words', reason: 'source' },
  ]);
  const refreshed = await workspace.install({ names: ['words'] });
  assert.deepEqual(endsOf(refreshed), ['words: installed']);
  const after = await readManifest(workspace.manifest('words'));
  assert.equal(after.capstan?.environment.path, before.capstan?.environment.path);
  assert.notEqual(after.capstan?.module, before.capstan?.module);
  assert.ok(existsSync(before.capstan?.module ?? ''), 'code that a running worker may use stays');
  assert.deepEqual(Object.keys(after.capstan?.actions ?? {}), ['tally']);
  assert.equal(after.install.installed_at, before.install.installed_at);

  await workspace.write({ 'capstan.yaml': twoKinds.replace('six==1.16.0', 'six==1.17.0') });
  assert.deepEqual(await staleCapabilities(await workspace.read()), [
    { name: 'words', reason: 'declaration' },
  ]);
});

test('reinstalling keeps what other programs and people wrote into a manifest', async (t) => {
  const workspace = await TestWorkspace.with(t, {
    'capstan.yaml': 'capabilities: [{ name: hello, environment: npm, source: ./hello.ts }]',
    'hello.ts': hello,
  });
  await workspace.install();
  const text = readFileSync(workspace.manifest('hello'), 'utf8')
    .replace('"env_vars": {}', '"env_vars": { "MODE": "quiet" }')
    .replace('"overrides": {}', '"overrides": { "weight": 1.0 }, "x_note": [2.50]');
  await writeFile(workspace.manifest('hello'), text);
  assert.deepEqual(endsOf(await workspace.install({ force: true })), ['hello: installed']);
  const manifest = await readManifest(workspace.manifest('hello'));
  assert.deepEqual(manifest.install.env_vars, { MODE: 'quiet' });
  assert.equal(
    canonicalHash(manifest.document['overrides'] ?? null),
    canonicalHash(parsePythonJson('{"weight":1.0}')),
  );
  assert.match(readFileSync(workspace.manifest('hello'), 'utf8'), /2\.50/);
  const { installed } = await loadInstalled(await workspace.read(), process.env);
  assert.equal(installed.get('hello')?.env['MODE'], 'quiet');
});

test('a manifest or an environment that is damaged withholds that capability only', async (t) => {
  const workspace = await TestWorkspace.with(t, {
    'capstan.yaml': `
capabilities:
  - { name: hello, environment: npm, source: ./hello.ts }
  - { name: damaged, environment: npm, source: ./hello.ts }
  - { name: gone, environment: { kind: npm, packages: [is-number@7.0.0] }, source: ./hello.ts }
  - { name: never, environment: npm, source: ./hello.ts }
`,
    'hello.ts': hello,
  });
  await workspace.install({ names: ['hello', 'damaged', 'gone'] });
  await writeFile(workspace.manifest('damaged'), '{"format_version": "1.0"}');
  const { capstan } = await readManifest(workspace.manifest('gone'));
  rmSync(capstan?.environment.path ?? '', { recursive: true });

  const { installed, problems } = await loadInstalled(await workspace.read(), process.env);
  assert.deepEqual([...installed.keys()], ['hello']);
  assert.deepEqual(
    problems.map(({ code, details }) => [details['capability'], code]),
    [
      ['damaged', 'MANIFEST_INVALID'],
      ['gone', 'ENV_CHANGED'],
      ['never', 'CAPABILITY_NOT_INSTALLED'],
    ],
  );
  assert.deepEqual(endsOf(await workspace.install()), [
    'hello: unchanged',
    'damaged: installed',
    'gone: installed',
    'never: installed',
  ]);
});

test('what is missing of an installation is put back by installing again', async (t) => {
  const workspace = await TestWorkspace.with(t, {
    'capstan.yaml': 'capabilities:\n  - { name: words, environment: venv, source: ./words.py }\n',
    'words.py': words.replace('import six', ''),
  });
  await workspace.install();
  const { capstan } = await readManifest(workspace.manifest('words'));
  const place = capstan?.environment.path ?? '';
  for (const part of ['code', 'bin/python', 'environment.json']) {
    rmSync(`${place}/${part}`, { recursive: true });
    // oxlint-disable-next-line no-await-in-loop -- one damage after another
    const { problems } = await loadInstalled(await workspace.read(), process.env);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['ENV_CHANGED'],
      part,
    );
    // oxlint-disable-next-line no-await-in-loop
    assert.deepEqual(endsOf(await workspace.install()), ['words: installed'], part);
    // oxlint-disable-next-line no-await-in-loop
    assert.deepEqual((await loadInstalled(await workspace.read(), process.env)).problems, [], part);
  }
});

test('settings are held against the schema the capability declared', async (t) => {
  const workspace = await TestWorkspace.with(t, {
    'capstan.yaml': 'capabilities: [{ name: hello, environment: npm, source: ./hello.ts }]',
    'hello.ts': hello.replace(
      "version: '1.0.0',",
      "version: '1.0.0', config: { volume: { type: 'integer', minimum: 1 } },",
    ),
  });
  await workspace.install();
  await workspace.write({
    'capstan.yaml':
      'capabilities: [{ name: hello, environment: npm, source: ./hello.ts, config: { volum: 0 } }]',
  });
  const { problems } = await loadInstalled(await workspace.read(), process.env);
  assert.equal(problems[0]?.code, 'CONFIG_INVALID');
  assert.match(
    problems[0]?.message ?? '',
    /volum is an unknown setting \(did you mean "volume"\?\)/,
  );
});

test('a folder is code too: its own dependencies, its main file, its neighbours', async (t) => {
  const workspace = await TestWorkspace.with(t, {
    'capstan.yaml': `
capabilities:
  - { name: node-folder, environment: npm, source: ./node-folder }
  - { name: python-folder, environment: venv, source: ./python-folder }
`,
    'node-folder/package.json': JSON.stringify({
      name: 'node-folder',
      type: 'module',
      main: './src/tool.ts',
      dependencies: { 'is-number': '7.0.0', '@capstan/worker': '^0.1.0' },
    }),
    'node-folder/src/tool.ts': `
import isNumber from 'is-number';
${hello.replace("'Says hello.'", 'String(isNumber(5))')}`,
    'python-folder/requirements.txt': 'six==1.16.0\n',
    'python-folder/helpers.py': 'GREETING = "Hi"\n',
    'python-folder/capability.py': `import helpers\n${words}`,
  });
  const report = await workspace.install();
  assert.deepEqual(endsOf(report), ['node-folder: installed', 'python-folder: installed']);
  assert.equal(report.capabilities[0]?.manifest?.code.description, 'true');
});

const counting = `
class WantsCount:
    def count(self, text): ...

class Counting:
    task_name = "counting"
    tool_protocol = WantsCount
    def __init__(self, tool):
        self.tool = tool
    def twice(self, text: str) -> int:
        return 2 * self.tool.count(text)

class WantsMore(WantsCount):
    def translate(self, text): ...

class Translating(Counting):
    task_name = "translating"
    tool_protocol = WantsMore
`;

test('an adapter that fits gives tasks and a manifest of its own, one that does not is refused', async (t) => {
  const workspace = await TestWorkspace.with(t, {
    'capstan.yaml': `
capabilities:
  - { name: fits, environment: venv, source: ./words.py, class: Words, adapters: ["words.py:Counting"] }
  - { name: lacks, environment: venv, source: ./words.py, class: Words, adapters: ["words.py:Translating"] }
`,
    'words.py': words.replace('import six', '') + counting,
  });
  const report = await workspace.install();
  assert.deepEqual(endsOf(report), ['fits: installed', 'lacks: failed ADAPTER_INCOMPATIBLE']);
  assert.match(report.capabilities[1]?.error?.message ?? '', /it has no method translate\(\)/);

  const { installed } = await loadInstalled(await workspace.read(), process.env);
  assert.deepEqual(Object.keys(installed.get('fits')?.tasks['counting']?.methods ?? {}), ['twice']);
  const adapter: unknown = JSON.parse(
    readFileSync(workspace.manifest('adapter-counting-Counting'), 'utf8'),
  );
  assert.partialDeepStrictEqual(adapter, {
    unit: 'adapter',
    task_name: 'counting',
    class: 'Counting',
    protocol_members: { methods: [{ name: 'count', params: ['text'] }], properties: [] },
    conda_env: '',
  });
});

const sort = `
name: lines
description: Sorts lines.
executable: sort
actions:
  merge:
    description: Sorts one file.
    effects: pure
    inputs: { text: { type: file } }
    outputs: { sorted: { type: string, from: stdout } }
    returns: sorted
    argv: ["\${{ inputs.text }}"]
`;

test('a command is described in YAML, from the PATH or from a package, and needs no code', async (t) => {
  const workspace = await TestWorkspace.with(t, {
    'capstan.yaml': `
capabilities:
  - { name: lines, environment: command, source: ./sort.yaml }
  - name: brought
    environment: { kind: command, package: { venv: chardet==5.2.0, path: bin/chardetect } }
    source: ./brought.yaml
  - { name: absent, environment: command, source: ./absent.yaml }
  - { name: wrong, environment: command, source: ./wrong.yaml }
`,
    'sort.yaml': sort,
    'brought.yaml': sort.replace('executable: sort', 'executable: chardetect'),
    'absent.yaml': sort.replace('executable: sort', 'executable: no-such-program'),
    'wrong.yaml': sort.replace('effects:', 'efects:'),
  });
  const report = await workspace.install();
  assert.deepEqual(endsOf(report), [
    'lines: installed',
    'brought: installed',
    'absent: failed ENV_TOOL_MISSING',
    'wrong: failed DECLARATION_INVALID',
  ]);
  const [lines, brought, absent, wrong] = report.capabilities;
  assert.deepEqual(Object.keys(lines?.manifest?.capstan?.actions ?? {}), ['merge']);
  const compiled = readFileSync(brought?.manifest?.capstan?.module ?? '', 'utf8');
  assert.match(compiled, /"executable": ".*\/bin\/chardetect"/);
  assert.match(absent?.error?.message ?? '', /wraps the program no-such-program, which is not on/);
  assert.match(wrong?.error?.message ?? '', /wrong\.yaml:8:\d+: .*"efects" is unknown .*"effects"/);
  assert.deepEqual(endsOf(await workspace.install({ names: ['lines', 'brought'] })), [
    'lines: unchanged',
    'brought: unchanged',
  ]);
});

test('a name that is not declared is refused with the one that was meant', async (t) => {
  const workspace = await TestWorkspace.with(t, { 'capstan.yaml': twoKinds });
  await assert.rejects(workspace.install({ names: ['wrods'] }), {
    code: 'CAPABILITY_NOT_FOUND',
    hint: 'did you mean "words"?',
  });
});

test('an interrupted installation throws, and the next one finishes it', async (t) => {
  const workspace = await TestWorkspace.with(t, {
    'capstan.yaml': twoKinds,
    'hello.ts': hello,
    'words.py': words,
  });
  const interrupted = new AbortController();
  await assert.rejects(
    workspace.install({
      signal: interrupted.signal,
      onProgress: ({ stage }) => {
        if (stage === 'build') interrupted.abort();
      },
    }),
    { code: 'INTERRUPTED' },
  );
  assert.deepEqual(
    endsOf(await workspace.install()).map((end) => end.replace('unchanged', 'installed')),
    ['hello: installed', 'words: installed'],
  );
});

test('a folder that cannot be written is named, and is no bug of ours', async (t) => {
  const workspace = await TestWorkspace.with(t, {
    'capstan.yaml': 'capabilities:\n  - { name: hello, environment: npm, source: ./hello.ts }\n',
    'hello.ts': hello,
    'a-file': '',
  });
  const file = `${workspace.root}/a-file`;
  const paths = { environmentsDir: `${file}/environments`, toolsDir: `${file}/tools` };
  const [report] = (await workspace.install({ paths })).capabilities;
  assert.equal(report?.error?.code, 'FOLDER_NOT_WRITABLE');
  assert.ok(report.error.message.includes(file), report.error.message);

  await writeFile(`${workspace.root}/.capstan`, 'not a folder');
  const [blocked] = (await workspace.install()).capabilities;
  assert.equal(blocked?.error?.code, 'FOLDER_NOT_WRITABLE');
  assert.match(blocked.error.message, /\.capstan/);
});
