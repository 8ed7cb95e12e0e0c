import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { Interpreters } from '../../src/environments/interpreters.ts';
import { Machine } from '../../src/environments/machine.ts';
import { chooseInstaller } from '../../src/environments/python.ts';
import { pathsIn, temporaryFolder, writeFiles } from './workbench.ts';

const real = spawnSync('python3', ['-I', '-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).stdout.trim();

const answers = (version: string, more: object = {}) =>
  `#!/bin/sh\necho '${JSON.stringify({
    path: '/opt/python',
    version,
    tag: 'cpython-3',
    hasVenv: true,
    hasEnsurepip: true,
    pip: '23.2.1',
    ...more,
  })}'\n`;

test('a shim that exists but fails is passed over for one that runs', async (t) => {
  const folder = temporaryFolder(t);
  await writeFiles(folder, {
    python3: '#!/bin/sh\necho "pyenv: python3: command not found" >&2\nexit 127\n',
    'python3.12': `#!/bin/sh\nexec ${real} "$@"\n`,
    python: '#!/bin/sh\necho "Python is not JSON"\n',
  });
  const interpreters = new Interpreters({ PATH: folder, HOME: folder });
  const found = await interpreters.find('>=3.9');
  assert.equal(found?.path, real);
  assert.match(found?.version ?? '', /^3\.\d+\.\d+$/);
});

test('the user’s own python3 goes before newer ones, unless it does not fit', async (t) => {
  const folder = temporaryFolder(t);
  const at = (name: string) => ({ path: join(folder, name) });
  await writeFiles(folder, {
    python3: answers('3.10.2', at('python3')),
    'python3.11': answers('3.11.4', at('python3.11')),
    'python3.12': answers('3.12.1', at('python3.12')),
  });
  const interpreters = new Interpreters({ PATH: folder, HOME: folder });
  assert.equal((await interpreters.find('>=3.9'))?.version, '3.10.2');
  assert.equal((await interpreters.find('>=3.11'))?.version, '3.12.1');
  assert.equal((await interpreters.find('3.11'))?.version, '3.11.4');
});

test('when none fits, the error lists the versions that were found and where', async (t) => {
  const folder = temporaryFolder(t);
  await writeFiles(folder, { python3: answers('3.8.1', { path: join(folder, 'python3') }) });
  const interpreters = new Interpreters({ PATH: folder, HOME: folder });
  await assert.rejects(interpreters.need('>=3.12'), {
    code: 'ENV_INTERPRETER_MISSING',
    message: `This environment needs Python >=3.12; found 3.8.1 at ${join(folder, 'python3')}.`,
  });
  const none = new Interpreters({ PATH: '/nowhere', HOME: folder });
  await assert.rejects(none.need('>=3.12'), { message: /found none/ });
});

test('several that do not fit are listed one a line', async (t) => {
  const folder = temporaryFolder(t);
  await writeFiles(folder, {
    python3: answers('3.10.2', { path: join(folder, 'python3') }),
    'python3.11': answers('3.11.0', { path: join(folder, 'python3.11') }),
  });
  const interpreters = new Interpreters({ PATH: folder, HOME: folder });
  await assert.rejects(interpreters.need('>=3.12'), {
    message: `This environment needs Python >=3.12; found:\n  3.11.0   ${folder}/python3.11\n  3.10.2   ${folder}/python3`,
  });
});

test('a Python too old for our own worker is not taken, even where the range allows it', async (t) => {
  const folder = temporaryFolder(t);
  await writeFiles(folder, { python3: answers('3.8.1', { path: join(folder, 'python3') }) });
  const interpreters = new Interpreters({ PATH: folder, HOME: folder });
  await assert.rejects(interpreters.need('<3.9'), {
    code: 'ENV_INTERPRETER_MISSING',
    message: /needs Python <3\.9 and >=3\.9, for Capstan's own part of it; found 3\.8\.1/,
  });
});

test('without ensurepip an outside pip fills the environment; without either the hint says what to install', async (t) => {
  const folder = temporaryFolder(t);
  const bare = {
    path: '/usr/bin/python3',
    version: '3.11.2',
    tag: 'cpython-311',
    hasVenv: true,
    hasEnsurepip: false,
    pip: null,
  };
  const alone = new Machine({ PATH: '/nowhere', HOME: folder }, pathsIn(folder));
  await assert.rejects(chooseInstaller(alone, bare), {
    code: 'ENV_TOOL_MISSING',
    hint: /apt install python3-venv/,
  });
  await writeFiles(folder, { python3: answers('3.12.0') });
  const helped = new Machine({ PATH: folder, HOME: folder }, pathsIn(folder));
  assert.deepEqual(await chooseInstaller(helped, bare), {
    kind: 'pip',
    python: '/opt/python',
    version: '23.2.1',
  });
  const old = { ...bare, hasEnsurepip: true, pip: '20.0.2' };
  assert.deepEqual(await chooseInstaller(alone, old), { kind: 'ensurepip' });
});
