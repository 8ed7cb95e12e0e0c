import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { channelIn } from '../environments/conda-channel.ts';
import { writeFiles } from '../environments/workbench.ts';
import { documentIn } from './documents.ts';
import { startCapstan } from './shell.ts';

/** A stand-in for micromamba, in the workspace's own folder of tools; see its first lines. */
const likeness = fileURLToPath(new URL('../fixtures/environments/conda-like.py', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'capstan-conda-'));
const root = join(home, 'workspace');
const env = {
  PATH: process.env['PATH'],
  HOME: home,
  XDG_RUNTIME_DIR: join(home, 'run'),
  CONDA_PREFIX: '/somewhere/else',
  CONDA_SHLVL: '1',
};
const run = (...argv: string[]) => startCapstan(argv, root, env).ended;

const greeter = `
import os
import subprocess

import greeting
from capstan_worker import Capability, action

class Greeter(Capability):
    """Greets, with what conda brought."""

    @action
    def greet(self, who: str) -> str:
        """Greets somebody."""
        prefix = subprocess.run(["where-am-i"], stdout=subprocess.PIPE, check=True).stdout.decode().strip()
        leaked = [name for name in os.environ if name.startswith("CONDA")]
        return greeting.greet(who) + " " + prefix + " " + str(leaked)
`;

before(async () => {
  await mkdir(join(home, 'run'), { mode: 0o700 });
  await channelIn(home);
  await writeFiles(root, {
    'capstan.yaml':
      'capabilities:\n  - { name: greeter, environment: { kind: micromamba, file: ./environment.yml }, source: ./greeter.py }\n',
    'environment.yml': 'channels: [../channel]\ndependencies: [greeting, where-am-i]\n',
    'greeter.py': greeter,
    '.capstan/tools/micromamba': `#!/bin/sh\nexec python3 ${likeness} micromamba "$@"\n`,
  });
  await chmod(join(root, '.capstan/tools/micromamba'), 0o755);
});
after(() => rmSync(home, { recursive: true, force: true }));

test('a capability in a conda environment, made by a program of the workspace, is installed and run', async () => {
  const dry = await run('install', '--dry-run');
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(
    dry.stdout,
    /\.capstan\/tools\/micromamba create --yes --prefix \S+ --override-channels/,
  );
  const refused = await run('install');
  assert.equal(refused.code, 4, 'packages are fetched, so somebody has to agree');
  const install = await run('install', '--yes');
  assert.equal(install.code, 0, install.stderr);

  const { environment } = documentIn((await run('show', 'greeter', '--json')).stdout, 'show');
  assert.equal(environment.kind, 'micromamba');
  const greet = await run('run', 'greeter.greet', '--input', 'who=Ada');
  assert.equal(greet.stdout, `Hello, Ada! ${environment.path} []\n`, greet.stderr);
  assert.equal((await run('validate')).code, 0);
});

test('another content of the environment file is another environment; another name in it is not', async () => {
  const stateOf = async () =>
    documentIn((await run('list', '--json')).stdout, 'list')['capabilities'][0].state;
  await writeFiles(root, {
    'environment.yml': 'name: x\nchannels: [../channel]\ndependencies: [where-am-i, greeting]\n',
  });
  assert.equal(await stateOf(), 'installed');
  await writeFiles(root, {
    'environment.yml': 'channels: [../channel]\ndependencies: [greeting]\n',
  });
  assert.equal(await stateOf(), 'changed');
});

test('what is wrong in an environment file is told at its line before anything is built', async () => {
  await writeFiles(root, { 'environment.yml': 'dependencies:\n  - greeting\n  - poetry: [x]\n' });
  const { code, stderr } = await run('install', '--yes');
  assert.equal(code, 2);
  assert.match(stderr, /environment\.yml:3:5: a dependency is a match spec/);
  await writeFiles(root, {
    'environment.yml': 'channels: [../channel]\ndependencies: [gretting]\n',
  });
  const unsolvable = await run('install', '--yes');
  assert.equal(unsolvable.code, 1);
  assert.match(unsolvable.stderr, /gretting does not exist \(perhaps a typo[^]*ENV_UNSOLVABLE/);
});
