import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  buildEnvironment,
  type EnvironmentRequirement,
  estimateEnvironment,
  Machine,
  planEnvironment,
} from '../../src/environments/index.ts';
import { inPipCache } from '../../src/environments/estimate/python.ts';
import { environmentsIn } from './builder.ts';
import { channelIn } from './conda-channel.ts';
import { conda, npm, pathsIn, python, temporaryFolder, writeFiles } from './workbench.ts';

const likeness = fileURLToPath(new URL('../fixtures/environments/conda-like.py', import.meta.url));
const shared = mkdtempSync(join(tmpdir(), 'capstan-estimate-'));
let channel = '';
before(async () => {
  channel = await channelIn(shared);
  const script = (name: string) => `#!/bin/sh\nexec python3 ${likeness} ${name} "$@"\n`;
  await writeFiles(shared, { micromamba: script('micromamba'), pixi: script('pixi') });
});
after(() => rmSync(shared, { recursive: true, force: true }));

async function estimate(folder: string, requirement: EnvironmentRequirement, env = {}) {
  const machine = new Machine({ ...process.env, ...env }, pathsIn(folder));
  const plan = await planEnvironment(requirement, machine);
  const told: string[] = [];
  const onProgress = (message: string) => told.push(message);
  return { ...(await estimateEnvironment(plan, machine, { onProgress })), told, plan, machine };
}

for (const kind of ['micromamba', 'pixi'] as const) {
  test(`estimate-size: the dry run of ${kind} says what would be fetched; what it takes unpacked is unknown, not nothing`, async (t) => {
    const folder = temporaryFolder(t);
    const requirement = conda(kind, {
      tool: join(shared, kind),
      channels: [channel],
      packages: ['greeting'],
      requirements: ['six'],
    });
    const found = await estimate(folder, requirement);
    assert.equal(found.state, 'estimated');
    assert.deepEqual(found.packages.map(({ name }) => name).toSorted(), [
      'greeting',
      'pip',
      'python',
      'six',
    ]);
    assert.ok((found.downloadBytes ?? 0) > 1_000_000, 'a Python has a few megabytes');
    assert.equal(found.unknownDownloads, 1, 'nobody was asked about the package from PyPI');
    assert.equal(found.diskBytes, null);
    assert.deepEqual(environmentsIn(pathsIn(folder)), [], 'nothing was built');
    assert.ok(found.told.length > 0, 'it says what it is at');
  });
}

test('estimate-size: what is built already costs nothing and says so', async (t) => {
  const folder = temporaryFolder(t);
  const requirement = conda('micromamba', {
    tool: join(shared, 'micromamba'),
    channels: [channel],
  });
  const { plan, machine } = await estimate(folder, requirement);
  await buildEnvironment(plan, machine);
  const again = await estimate(folder, requirement);
  assert.deepEqual(
    [again.state, again.downloadBytes, again.diskBytes, again.told],
    ['built', 0, 0, []],
  );
});

test('estimate-size: without a network the answer is unknown with the reason, not nothing', async (t) => {
  const folder = temporaryFolder(t);
  const nowhere = {
    PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
    PIP_RETRIES: '0',
    PIP_FIND_LINKS: '',
  };
  const pip = await estimate(folder, python('venv', 'six==1.16.0'), { ...nowhere, HOME: folder });
  assert.equal(pip.state, 'unknown');
  assert.deepEqual([pip.downloadBytes, pip.diskBytes, pip.unknownDownloads], [null, null, 1]);
  assert.match(pip.error?.message ?? '', /pip/);
  const registry = { npm_config_registry: 'http://127.0.0.1:9/', npm_config_fetch_retries: '0' };
  const js = await estimate(folder, npm('marked@16'), { ...registry, npm_config_cache: folder });
  assert.equal(js.state, 'unknown');
  assert.match(js.error?.message ?? '', /npm has no network/);
});

test('estimate-size: an environment without packages costs nothing, and no program is asked', async (t) => {
  const folder = temporaryFolder(t);
  const found = await estimate(folder, npm());
  assert.deepEqual([found.state, found.downloadBytes, found.diskBytes], ['estimated', 0, 0]);
  assert.ok(!existsSync(pathsIn(folder).environmentsDir));
});

test('estimate-size: a wheel that pip has in its cache is nothing to download', async (t) => {
  const folder = temporaryFolder(t);
  const machine = new Machine(process.env, pathsIn(folder));
  const pip = await machine.interpreters.find('>=3.9', (one) => one.pip !== null);
  if (pip === null) return t.skip('this machine has no pip');
  const url = 'https://files.example.org/a/six-1.16.0-py2.py3-none-any.whl';
  // pip's own code puts it there, so that this notices when pip changes where.
  const code = `
import os, sys
from pip._internal.network.cache import SafeFileCache
SafeFileCache(os.path.join(sys.argv[1], "http-v2")).set(sys.argv[2], b"x")
`;
  execFileSync(pip.path, ['-c', code, folder, url]);
  assert.equal(await inPipCache(folder)({ name: 'six', version: '1.16.0', url }), true);
  assert.equal(await inPipCache(folder)({ name: 'six', version: '1.16.0', url: `${url}x` }), false);
});
