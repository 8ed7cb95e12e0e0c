import assert from 'node:assert/strict';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  findWorkspace,
  parseWorkspace,
  readWorkspace,
} from '../../src/capabilities/declaration.ts';
import { want } from '../../src/capabilities/prepare.ts';
import { HostError } from '../../src/errors.ts';
import { temporaryFolder, writeFiles } from '../environments/workbench.ts';

const parse = (...lines: string[]) => parseWorkspace(lines.join('\n'), 'capstan.yaml');

/** The problems of a file that must have some, one a line. */
function problemsIn(...lines: string[]): string[] {
  try {
    parse(...lines);
  } catch (error) {
    assert.ok(error instanceof HostError);
    assert.equal(error.code, 'DECLARATION_INVALID');
    assert.equal(error.details['file'], 'capstan.yaml');
    assert.ok(Number(error.details['line']) >= 1 && Number(error.details['column']) >= 1);
    return error.message.split('\n');
  }
  return assert.fail('the file was accepted');
}

test('a complete declaration is read with every default filled in', () => {
  const [speech] = parse(
    'capabilities:',
    '  - name: speech',
    '    environment: uv',
    '    source: ./speech.py',
    '    adapters: ["speech.py:Vad", { impl: "other:Task" }]',
    '    idleSeconds: 2',
  );
  assert.ok(speech);
  const { where, ...declaration } = speech;
  assert.deepEqual(declaration, {
    name: 'speech',
    environment: { kind: 'uv' },
    source: './speech.py',
    module: null,
    class: null,
    config: {},
    adapters: ['speech.py:Vad', 'other:Task'],
    dialect: 'capstan',
    lenient: false,
    instances: [],
    examinesDrift: true,
    silenceMs: 300_000,
    tracebacks: 'full',
    idleMs: 2000,
    slots: 1,
  });
  assert.deepEqual(where('source'), { line: 4, column: 13 });
});

test('misspelt keys are named with the key that was meant, at any depth, all at once', () => {
  assert.deepEqual(
    problemsIn(
      'capabilities:',
      '  - name: a',
      '    enviroment: uv',
      '    source: x',
      '  - name: b',
      '    environment: { kind: uv, pyton: "3", requirments: [x] }',
      '    source: y',
    ),
    [
      'capstan.yaml:2:5: capabilities[0].environment is missing',
      'capstan.yaml:3:5: unknown key "enviroment" (did you mean "environment"?)',
      'capstan.yaml:6:30: unknown key "pyton" (did you mean "python"?)',
      'capstan.yaml:6:42: unknown key "requirments" (did you mean "requirements"?)',
    ],
  );
});

test('an unknown kind of environment is refused with the known ones', () => {
  const [asWord] = problemsIn('capabilities:', '  - { name: a, environment: uvv, source: x }');
  assert.equal(
    asWord,
    'capstan.yaml:2:29: capabilities[0].environment cannot be "uvv" (did you mean "uv"?)',
  );
  const [asMapping] = problemsIn(
    'capabilities:',
    '  - { name: a, environment: { kind: docker }, source: x }',
  );
  assert.match(
    asMapping ?? '',
    /kind cannot be "docker" \(known: npm, uv, venv, conda, mamba, micromamba, pixi, command\)/,
  );
});

test('the same name twice is refused, with the line of the first', () => {
  assert.deepEqual(
    problemsIn(
      'capabilities:',
      '  - { name: a, environment: uv, source: x }',
      '  - { name: a, environment: uv, source: y }',
    ),
    ['capstan.yaml:3:13: the name "a" is taken by the capability in line 2'],
  );
});

test('a Python version that YAML took for a number is explained', () => {
  const [problem] = problemsIn(
    'capabilities:',
    '  - { name: a, environment: { kind: uv, python: 3.10 }, source: x }',
  );
  assert.match(problem ?? '', /environment\.python: write the version in quotes/);
});

test('a capability without code is refused', () => {
  const [problem] = problemsIn('capabilities:', '  - { name: a, environment: uv }');
  assert.match(problem ?? '', /^capstan\.yaml:2:5: .*needs a `source`/);
});

test('values out of range are named with their place', () => {
  const problems = problemsIn(
    'capabilities:',
    '  - name: two words',
    '    environment: { kind: venv, python: three }',
    '    source: 3',
    '    slots: 0',
    '    adapters: [x]',
  );
  assert.equal(problems.length, 5);
  assert.match(problems.join('\n'), /:2:11: .*name: must be 1 to 64/);
  assert.match(problems.join('\n'), /:3:40: .*"three" is not a Python version range/);
  assert.match(problems.join('\n'), /:6:16: .*must look like "module:Class"/);
});

test('YAML that cannot be read is shown with its line', () => {
  const [problem] = problemsIn('capabilities:', '  - name: [a', '    source: x');
  assert.match(problem ?? '', /^capstan\.yaml:\d+:\d+: .+/);
  const [twice] = problemsIn('capabilities:', '  - name: a', '    name: b');
  assert.equal(twice, 'capstan.yaml:3:5: Map keys must be unique: name: b');
});

test('an empty file, a list, and a file without capabilities are each told apart', () => {
  assert.match(problemsIn('')[0] ?? '', /the file is empty/);
  assert.match(problemsIn('# nothing yet')[0] ?? '', /the file is empty/);
  assert.match(problemsIn('- a')[0] ?? '', /the file: must be a mapping, not a list/);
  assert.match(problemsIn('tools: []').join('\n'), /capabilities is missing/);
  assert.deepEqual(parse('capabilities: []'), []);
});

test('wrong types and ranges are told in the words of YAML', () => {
  const problems = problemsIn(
    'capabilities:',
    '  - name: 5',
    '    environment: npm',
    '    source: [a]',
    '    slots: 0',
    '    idleSeconds: 100000',
  ).join('\n');
  assert.match(problems, /:2:11: .*name: must be text, not a number/);
  assert.match(problems, /:4:13: .*source: must be text, not a list/);
  assert.match(problems, /:5:12: .*slots: must be at least 1/);
  assert.match(problems, /:6:18: .*idleSeconds: must be at most 86400/);
});

test('an executable outside of the environment is refused', () => {
  for (const path of ['../../bin/ls', '/bin/ls', 'bin/../../ls']) {
    const [problem] = problemsIn(
      'capabilities:',
      '  - name: a',
      '    source: ./a.yaml',
      `    environment: { kind: command, package: { uv: x, path: "${path}" } }`,
    );
    assert.match(problem ?? '', /:4:\d+: .*package\.path: must lie inside the environment/, path);
  }
});

test('a reference to nothing and references beyond measure are mistakes in the file', () => {
  assert.deepEqual(problemsIn('capabilities:', '  - *nobody'), [
    'capstan.yaml:2:5: *nobody refers to nothing: no &nobody stands before it',
  ]);
  const layers = ['b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name, i) => {
    const below = `*${'abcdefg'[i]}`;
    return `${name}: &${name} [${Array.from({ length: 9 }, () => below).join(', ')}]`;
  });
  assert.match(problemsIn('a: &a [x]', ...layers)[0] ?? '', /^capstan\.yaml:1:1: .*alias/i);
});

test('a second document is refused, and unfinished nesting is told once', () => {
  assert.match(problemsIn('capabilities: []', '---', 'a: 1')[0] ?? '', /:2:1: a second document/);
  const unfinished = problemsIn('{{{{');
  assert.equal(new Set(unfinished).size, unfinished.length);
});

test('what is no text file is said to be none: a folder, bytes, too much of it', async (t) => {
  const folder = temporaryFolder(t);
  await mkdir(`${folder}/folder/capstan.yaml`, { recursive: true });
  await writeFiles(folder, { 'bytes/capstan.yaml': '', 'large/capstan.yaml': '' });
  await writeFile(`${folder}/bytes/capstan.yaml`, Buffer.from([0xff, 0xfe, 0x00, 0x41]));
  await truncate(`${folder}/large/capstan.yaml`, 5 * 1024 * 1024);
  const wrongWith = (name: string) =>
    readWorkspace(`${folder}/${name}`).then(
      () => assert.fail('it was read'),
      ({ code, message }: HostError) => `${code} ${message.split(': ').at(-1)}`,
    );
  assert.equal(await wrongWith('folder'), 'DECLARATION_INVALID it is a folder, not a file');
  assert.equal(await wrongWith('bytes'), 'DECLARATION_INVALID it is not a text file (UTF-8)');
  assert.equal(await wrongWith('large'), 'DECLARATION_INVALID it is larger than 4 MB');
});

test('a workspace is the nearest folder upwards that has a capstan.yaml', async (t) => {
  const folder = temporaryFolder(t);
  await writeFiles(folder, { 'ws/capstan.yaml': 'capabilities: []', 'ws/a/b/file': '' });
  assert.equal(await findWorkspace(`${folder}/ws/a/b`), `${folder}/ws`);
  assert.equal(await findWorkspace(folder), null);
  const { root, file, capabilities } = await readWorkspace(`${folder}/ws`);
  assert.deepEqual(
    { root, file, capabilities },
    { root: `${folder}/ws`, file: `${folder}/ws/capstan.yaml`, capabilities: [] },
  );
  await assert.rejects(readWorkspace(folder), { code: 'WORKSPACE_NOT_FOUND' });
});

test('code in a language the environment does not speak is refused with the kind it needs', async (t) => {
  const folder = temporaryFolder(t);
  await writeFiles(folder, {
    'capstan.yaml':
      'capabilities:\n  - { name: a, environment: npm, source: ./a.py }\n' +
      '  - { name: b, environment: uv, source: ./b.ts }\n' +
      '  - { name: c, environment: command, source: ./a.py }\n',
    'a.py': '',
    'b.ts': '',
  });
  const workspace = await readWorkspace(folder);
  const [python, node, command] = workspace.capabilities.map((one) => () => want(one, workspace));
  await assert.rejects(python?.() ?? Promise.resolve(), {
    code: 'DECLARATION_INVALID',
    message: /capstan\.yaml:2:29: a\.py cannot run in .* npm \(it needs uv or venv\)/,
  });
  await assert.rejects(node?.() ?? Promise.resolve(), /b\.ts cannot run in .* uv \(it needs npm\)/);
  await assert.rejects(
    command?.() ?? Promise.resolve(),
    /:4:\d+: c is a command: its source must be/,
  );
});

test('further instances have settings, slots and variables of their own, and else those of the capability', () => {
  const [speech] = parse(
    'capabilities:',
    '  - name: speech',
    '    environment: uv',
    '    source: ./speech.py',
    '    dialect: cjm',
    '    slots: 4',
    '    idleSeconds: 9',
    '    instances:',
    '      speech-large:',
    '        config: { model: large }',
    '        slots: 2',
    '        idleSeconds: 60',
    '        adapters: ["speech.py:Vad"]',
    '        env: { HF_HOME: /models, THREADS: 4, FAST: true }',
    '      speech-b:',
  );
  assert.equal(speech?.dialect, 'cjm');
  assert.deepEqual(speech?.instances, [
    {
      id: 'speech-large',
      config: { model: 'large' },
      adapters: ['speech.py:Vad'],
      idleMs: 60_000,
      slots: 2,
      env: { HF_HOME: '/models', THREADS: '4', FAST: 'true' },
    },
    { id: 'speech-b', config: {}, adapters: null, idleMs: 9000, slots: 4, env: {} },
  ]);
});

test('an instance has a name that nothing else has', () => {
  const found = problemsIn(
    'capabilities:',
    '  - { name: a, environment: uv, source: x, instances: { b: {}, a: {} } }',
    '  - { name: b, environment: uv, source: x, instances: { c: {}, d: {} } }',
    '  - { name: e, environment: uv, source: x, instances: { c: {} } }',
  );
  assert.deepEqual(found, [
    'capstan.yaml:2:57: the name "b" is taken by the capability in line 3',
    'capstan.yaml:2:64: the name "a" is taken by the capability in line 2',
    'capstan.yaml:4:57: the name "c" is taken by the instance in line 3',
  ]);
});

test('what is wrong with an instance is told at its place, with what was meant', () => {
  const found = problemsIn(
    'capabilities:',
    '  - name: a',
    '    environment: uv',
    '    source: x',
    '    dialect: cmj',
    '    lenient: maybe',
    '    instances:',
    '      b c: {}',
    '      d: { conifg: {}, slots: 0 }',
    '      f: { env: { "1A": x, B: [1] } }',
  );
  assert.deepEqual(found, [
    'capstan.yaml:5:14: capabilities[0].dialect cannot be "cmj" (did you mean "cjm"?)',
    'capstan.yaml:6:14: capabilities[0].lenient: must be true or false, not text',
    'capstan.yaml:8:7: capabilities[0].instances: the name "b c" must be 1 to 64 of the characters A-Z a-z 0-9 _ -',
    'capstan.yaml:9:12: unknown key "conifg" (did you mean "config"?)',
    'capstan.yaml:9:31: capabilities[0].instances.d.slots: must be at least 1',
    'capstan.yaml:10:19: capabilities[0].instances.f.env: the name "1A" must be the name of an environment variable',
    'capstan.yaml:10:31: capabilities[0].instances.f.env.B: must be text, not a list',
  ]);
});

test('drift may be switched off for the workspace, or for one capability', () => {
  const of = (more: string, one = '') =>
    parseWorkspace(
      `${more}capabilities:\n  - { name: a, environment: npm, source: ./a.ts${one} }\n`,
      'capstan.yaml',
    )[0]?.examinesDrift;
  assert.equal(of(''), true);
  assert.equal(of('drift: false\n'), false);
  assert.equal(of('', ', drift: false'), false);
  assert.equal(of('drift: false\n', ', drift: true'), true);
});

test('a first guess of what calls need is read with its units, and is that of the instances too', () => {
  const [speech] = parse(
    'resources: { "license:matlab": 2 }',
    'capabilities:',
    '  - name: speech',
    '    environment: uv',
    '    source: ./speech.py',
    '    resources: { ram: 2GiB, gpu/vram: 8 GiB, cpu: 1.5, "license:matlab": 1 }',
    '    instances:',
    '      speech-large: { resources: { gpu:1/vram: 20GB } }',
    '      speech-b:',
  );
  const needs = {
    ram: 2 * 2 ** 30,
    'gpu/vram': 8 * 2 ** 30,
    cpu: 1500,
    'license:matlab': 1,
  };
  assert.deepEqual(speech?.needs, needs);
  const own = speech?.instances.map((instance) => instance.needs);
  assert.deepEqual(own, [{ 'gpu:1/vram': 20e9 }, needs]);
});

test('a need of something unknown, or of no amount, is told at its place', () => {
  const found = problemsIn(
    'capabilities:',
    '  - name: a',
    '    environment: uv',
    '    source: x',
    '    resources: { memory: 2GiB, vram: 8GiB, rma: 1GiB, "license:x": 1, ram: 8, cpu: -1 }',
    '    instances:',
    '      b: { resources: { ram: lots } }',
  );
  assert.deepEqual(found, [
    'capstan.yaml:5:18: there is no resource "memory"; did you mean ram?',
    'capstan.yaml:5:32: there is no resource "vram"; did you mean gpu/vram?',
    'capstan.yaml:5:44: there is no resource "rma"; did you mean ram?',
    'capstan.yaml:5:55: there is no resource "license:x": there are ram, cpu, gpu/vram and gpu:0/vram, and those that `resources:` of this file counts',
    'capstan.yaml:5:76: "8" of ram would be 8 bytes. Write it with its unit: 8GiB, 512MiB or 1.5GB.',
    'capstan.yaml:5:84: "-1" of cpu is less than nothing. Write a number of cores: 2 or 0.5.',
    'capstan.yaml:7:30: "lots" is no amount of ram. Write it with its unit: 8GiB, 512MiB or 1.5GB.',
  ]);
});
