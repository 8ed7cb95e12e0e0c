import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import {
  buildEnvironment,
  type EnvironmentRequirement,
  estimateEnvironment,
  Machine,
  planEnvironment,
} from '../../src/environments/index.ts';
import { npm, pathsIn, python, temporaryFolder } from './workbench.ts';

/** Estimates, builds, and says what building took; with caches of its own, so that both begin with nothing. */
async function compare(folder: string, requirement: EnvironmentRequirement) {
  const env = { ...process.env, PIP_CACHE_DIR: `${folder}/pip`, npm_config_cache: `${folder}/npm` };
  const machine = new Machine(env, pathsIn(folder));
  const plan = await planEnvironment(requirement, machine);
  const estimate = await estimateEnvironment(plan, machine);
  const built = await buildEnvironment(plan, machine);
  const [bytes = '0'] = execFileSync('du', ['-sb', built.folder], { encoding: 'utf8' }).split('\t');
  rmSync(built.folder, { recursive: true });
  const cached = await estimateEnvironment(await planEnvironment(requirement, machine), machine);
  return { estimate, takes: Number(bytes), lock: built.record.lock, cached };
}

test('estimate-size: pip’s report and the index tell what a Python environment will take, before it is built', async (t) => {
  const folder = temporaryFolder(t);
  const requirement = python('venv', 'humanize==4.12.3', 'requests==2.32.3', 'networkx==3.1');
  const { estimate, takes, lock, cached } = await compare(folder, requirement);
  const names = estimate.packages.map(({ name, version }) => `${name.toLowerCase()}==${version}`);
  assert.deepEqual(names.map((name) => name.replaceAll('_', '-')).toSorted(), lock);
  assert.equal(estimate.unknownDisks, 0);
  const share = (estimate.diskBytes ?? 0) / takes;
  assert.ok(share > 0.7 && share < 1.2, `${estimate.diskBytes} were told, ${takes} it took`);
  assert.ok((estimate.downloadBytes ?? 0) > 1_000_000);
  assert.ok(
    cached.cached === 0 || cached.downloadBytes === 0,
    'some indexes forbid pip to keep anything',
  );
});

test('estimate-size: npm’s lock and the registry tell what a Node environment will take, before it is built', async (t) => {
  const folder = temporaryFolder(t);
  const { estimate, takes, cached } = await compare(folder, npm('marked@16.4.2', 'esbuild@0.25.0'));
  assert.equal(estimate.packages.length, 3, 'of esbuild’s programs only the one for this machine');
  assert.ok((estimate.downloadBytes ?? 0) > 1_000_000);
  const share = (estimate.diskBytes ?? 0) / takes;
  assert.ok(share > 0.7 && share < 1.3, `${estimate.diskBytes} were told, ${takes} it took`);
  assert.equal(cached.downloadBytes, 0);
});
