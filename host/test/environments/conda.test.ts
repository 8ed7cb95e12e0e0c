import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  condaComplaint,
  condaUnsolvable,
  unknownChannel,
} from '../../src/environments/conda/failure.ts';
import { pixiManifest } from '../../src/environments/conda/pixi-manifest.ts';
import {
  condaSpecs,
  lockedCondaCount,
  packageOf,
  pythonSpec,
} from '../../src/environments/conda/specs.ts';
import { condaSteps } from '../../src/environments/conda/steps.ts';
import { requirementIdentity } from '../../src/environments/index.ts';
import { childEnvironment, buildVariables } from '../../src/environments/variables.ts';
import { environmentVariables } from '../../src/environments/worker-command.ts';
import { conda } from './workbench.ts';

test('a range of Python is asked for in the words of conda', () => {
  assert.equal(pythonSpec('>=3.10,<3.13'), 'python>=3.10,<3.13');
  assert.equal(pythonSpec('3.11'), 'python=3.11');
  assert.equal(pythonSpec('3.11.*'), 'python=3.11');
  assert.equal(pythonSpec('== 3.12.1'), 'python==3.12.1');
});

test('the package of a match spec is found whatever stands around its name', () => {
  assert.equal(packageOf('conda-forge::GDAL>=3.8'), 'gdal');
  assert.equal(packageOf('numpy=1.26=py311_0'), 'numpy');
  assert.equal(packageOf('ffmpeg >=6'), 'ffmpeg');
});

test('a Python is asked for where nobody names one, and a pip where packages come from PyPI', () => {
  assert.deepEqual(condaSpecs(conda('conda', { packages: ['ffmpeg'] })), ['python>=3.9', 'ffmpeg']);
  assert.deepEqual(condaSpecs(conda('conda', { packages: ['python=3.11', 'ffmpeg'] })), [
    'python=3.11',
    'ffmpeg',
  ]);
  const withPip = conda('conda', { python: '3.12', requirements: ['humanize'] });
  assert.deepEqual(condaSpecs(withPip), ['python=3.12', 'pip']);
});

test('conda, mamba and micromamba are given one form of command, with the channels named', () => {
  const steps = (['conda', 'mamba', 'micromamba'] as const).map((kind) =>
    condaSteps(conda(kind, { packages: ['a'] }), '/bin/tool', '/env').map(({ command }) => command),
  );
  const expected = [
    ['/bin/tool', 'create', '--yes', '--prefix', '/env', '--override-channels', '--channel'],
    ['conda-forge', 'python>=3.9', 'a'],
  ].flat();
  assert.deepEqual(steps, [[expected], [expected], [expected]]);
});

test('with a lock exactly what it lists is installed, and no channel is asked', () => {
  const [create] = condaSteps(conda('mamba', { lock: '@EXPLICIT\n' }), '/bin/mamba', '/env');
  assert.deepEqual(create?.command.slice(2), [
    '--yes',
    '--prefix',
    '/env',
    '--file',
    '/env/explicit.txt',
  ]);
  const [pixi] = condaSteps(conda('pixi', { lock: 'version: 6\n' }), '/bin/pixi', '/env');
  assert.deepEqual(pixi?.command.slice(1), [
    'install',
    '--manifest-path',
    '/env/pixi.toml',
    '--locked',
  ]);
});

test('pixi gets a project of its own that says the same', () => {
  const requirement = conda('pixi', {
    python: '>=3.10',
    packages: ['numpy=1.26', 'bioconda::samtools>=1.2', 'ffmpeg'],
    channels: ['conda-forge', 'bioconda'],
  });
  assert.equal(
    pixiManifest(requirement, 'linux-64'),
    [
      '[workspace]',
      'name = "capstan-environment"',
      'channels = ["conda-forge", "bioconda"]',
      'platforms = ["linux-64"]',
      '',
      '[dependencies]',
      '"python" = ">=3.10"',
      '"numpy" = "1.26.*"',
      '"samtools" = { version = ">=1.2", channel = "bioconda" }',
      '"ffmpeg" = "*"',
      '',
    ].join('\n'),
  );
});

test('what makes two conda environments the same is what they hold, not which program builds them or from where', () => {
  const one = conda('conda', { packages: ['a', 'b'], tool: '/opt/conda', toolsDir: '/w1' });
  const same = conda('conda', { packages: ['b', 'a'], tool: null, toolsDir: '/w2' });
  const other = conda('conda', { packages: ['a', 'b'], channels: ['bioconda', 'conda-forge'] });
  assert.deepEqual(requirementIdentity(one), requirementIdentity(same));
  assert.notDeepEqual(requirementIdentity(one), requirementIdentity(other));
});

test('a lock says how many packages it pins', () => {
  const explicit = '@EXPLICIT\nhttps://c/noarch/a-1-0.conda#1\nfile:///c/linux-64/b-1-0.conda\n';
  assert.equal(lockedCondaCount('conda', explicit), 2);
  const pixi =
    'environments:\n  - conda: https://c/a.conda\npackages:\n- conda: https://c/a.conda\n- pypi: https://p/b.whl\n';
  assert.equal(lockedCondaCount('pixi', pixi), 2);
});

test('nothing of an activated conda environment reaches a worker or a build; the prefix leads its PATH', () => {
  const host = {
    PATH: '/usr/bin',
    CONDA_PREFIX: '/base',
    CONDA_DEFAULT_ENV: 'base',
    CONDA_SHLVL: '1',
    CONDA_EXE: '/base/bin/conda',
    PIXI_PROJECT_ROOT: '/p',
    CONDA_PKGS_DIRS: '/cache',
    CONDARC: '/rc',
  };
  const worker = childEnvironment(host, {
    declared: ['CONDA_PREFIX', 'CONDA_SHLVL'],
    extra: environmentVariables('conda', '/env', host),
  });
  assert.deepEqual(worker, { PATH: '/env/bin:/usr/bin' });
  const pixi = environmentVariables('pixi', '/env', host);
  assert.equal(pixi['PATH'], '/env/.pixi/envs/default/bin:/usr/bin');
  const build = buildVariables(host, '/tmp/x');
  assert.deepEqual(build, {
    PATH: '/usr/bin',
    CONDA_PKGS_DIRS: '/cache',
    CONDARC: '/rc',
    TMPDIR: '/tmp/x',
  });
});

/** As users quoted them in public reports; those of conda 4 were recorded from a real one. */
const unsolvable = {
  'conda 4.3': 'PackageNotFoundError: Package missing in current linux-64 channels: \n  - nosuch\n',
  'conda 24':
    'PackagesNotFoundError: The following packages are not available from current channels:\n\n  - nosuch\n',
  'conda with libmamba':
    'LibMambaUnsatisfiableError: Encountered problems while solving:\n  - nothing provides requested nosuch\n\nCould not solve for environment specs\n',
  'micromamba 2':
    'error    libmamba Could not solve for environment specs\n    The following package could not be installed\n    └─ nosuch does not exist (perhaps a typo or a missing channel).\ncritical libmamba Could not solve for environment specs\n',
  'pixi 0.48':
    "Error:   × failed to solve requirements of environment 'default' for platform 'linux-64'\n  ├─▶   × failed to solve the environment\n  ╰─▶ Cannot solve the request because of: No candidates were found for nosuch *.\n",
};

for (const [tool, said] of Object.entries(unsolvable)) {
  test(`${tool} says that something cannot be solved, and its words are found`, () => {
    assert.match(said, condaUnsolvable);
    assert.ok(said.split('\n').some((line) => condaComplaint.test(line)));
    assert.equal(unknownChannel(said), null);
  });
}

const unknown = {
  'conda 4.3':
    'WARNING: The remote server could not find the noarch directory for the\nrequested channel with url: https://c.org/nochan\n',
  'conda 4.6':
    'UnavailableInvalidChannel: The channel is not accessible or is invalid.\n  channel name: nochan\n  channel url: https://c.org/nochan\n  error code: 404\n',
  'conda 24':
    'UnavailableInvalidChannel: HTTP 404 NOT FOUND for channel nochan <https://c.org/nochan>\n\nThe channel is not accessible or is invalid.\n',
  'micromamba 1':
    'critical libmamba Multiple errors occured:\n    Multi-download failed. Reason: Transfer finalized, status: 404 [https://c.org/nochan/noarch/repodata.json] 3101 bytes\n',
  'pixi 0.60':
    '  × HTTP status client error (404 Not Found) for url (https://c.org/nochan/linux-64/repodata_shards.msgpack.zst)\n',
};

for (const [tool, said] of Object.entries(unknown)) {
  test(`the channel that ${tool} could not find is named`, () => {
    assert.equal(unknownChannel(said), 'https://c.org/nochan');
  });
}
