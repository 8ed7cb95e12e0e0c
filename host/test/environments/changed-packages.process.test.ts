import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { changedPackages } from '../../src/environments/changed-packages.ts';
import { temporaryFolder } from './workbench.ts';

/** An environment as it was built, as far as its packages go. */
function environmentWith(t: TestContext, kind: string, lock: string[]): string {
  const folder = join(temporaryFolder(t), 'environment');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'environment.json'), JSON.stringify({ kind, key: 'k', lock }));
  return folder;
}

function sitePackages(folder: string, ...names: string[]): string {
  const site = join(folder, 'lib', 'python3.11', 'site-packages');
  for (const name of names) mkdirSync(join(site, name), { recursive: true });
  return site;
}

test('an environment that is as it was built has no changes, however its folders spell the names', async (t) => {
  const folder = environmentWith(t, 'uv', [
    'ruamel-yaml==0.18.6',
    'six==1.16.0',
    'torch==2.1+cu118',
  ]);
  sitePackages(
    folder,
    'ruamel.yaml-0.18.6.dist-info',
    'six-1.16.0.dist-info',
    'torch-2.1+cu118.dist-info',
    'capstan_worker',
    '__pycache__',
  );
  assert.deepEqual(await changedPackages(folder), []);
});

test('a package that somebody installed, replaced or removed is named with its versions', async (t) => {
  const folder = environmentWith(t, 'uv', ['six==1.16.0', 'idna==3.1']);
  const site = sitePackages(folder, 'six-1.16.0.dist-info', 'idna-3.1.dist-info');
  assert.deepEqual(await changedPackages(folder), []);
  renameSync(join(site, 'six-1.16.0.dist-info'), join(site, 'six-1.17.0.dist-info'));
  rmSync(join(site, 'idna-3.1.dist-info'), { recursive: true });
  assert.deepEqual(await changedPackages(folder), [
    'six==1.16.0 is missing',
    'idna==3.1 is missing',
    'six==1.17.0 was not there',
  ]);
});

test('an npm environment is held against the record that npm keeps', async (t) => {
  const folder = environmentWith(t, 'npm', ['node_modules/is-number@7.0.0 sha512-x']);
  const record = join(folder, 'node_modules', '.package-lock.json');
  mkdirSync(join(folder, 'node_modules'));
  const write = (version: string) =>
    writeFileSync(
      record,
      JSON.stringify({
        packages: { 'node_modules/is-number': { version, integrity: 'sha512-x' } },
      }),
    );
  write('7.0.0');
  assert.deepEqual(await changedPackages(folder), []);
  write('7.0.1-x');
  assert.deepEqual(await changedPackages(folder), [
    'node_modules/is-number@7.0.0 sha512-x is missing',
    'node_modules/is-number@7.0.1-x sha512-x was not there',
  ]);
});

test('an environment that nobody recorded, and one without packages, have no changes to tell', async (t) => {
  assert.deepEqual(await changedPackages(join(temporaryFolder(t), 'nowhere')), []);
  assert.deepEqual(await changedPackages(environmentWith(t, 'command', [])), []);
});
