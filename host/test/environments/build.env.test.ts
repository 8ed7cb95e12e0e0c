import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  buildEnvironment,
  contentHash,
  diagnoseEnvironment,
  type EnvironmentRequirement,
  Machine,
  planEnvironment,
  snapshotSource,
  verifyEnvironment,
} from '../../src/environments/index.ts';
import { Builder, environmentsIn } from './builder.ts';
import { npm, pathsIn, python, temporaryFolder, writeFiles } from './workbench.ts';

const machineIn = (folder: string): Machine => new Machine(process.env, pathsIn(folder));

async function build(folder: string, requirement: EnvironmentRequirement, force = false) {
  const machine = machineIn(folder);
  return buildEnvironment(await planEnvironment(requirement, machine), machine, { force });
}

const run = (command: string, ...args: string[]) =>
  spawnSync(command, args, { encoding: 'utf8', env: { PATH: process.env['PATH'] } });

test('uv is put into the tools folder once the user agreed, and is asked for no more', async (t) => {
  const folder = temporaryFolder(t);
  const machine = machineIn(folder);
  if ((await machine.which('uv')) !== null) return t.skip('this machine has a uv of its own');
  const requirement = python('uv', 'six==1.16.0');
  const asking = await planEnvironment(requirement, machine);
  assert.equal(asking.consent?.id, 'install-uv');
  assert.match(asking.consent.command.join(' '), /-m pip .*install .*uv==/);
  assert.deepEqual(environmentsIn(pathsIn(folder)), []);

  const built = await buildEnvironment(asking, machine);
  assert.deepEqual(built.record.lock, ['six==1.16.0']);
  assert.match(built.record.tool, /^uv /);
  const again = await planEnvironment(
    python('uv', 'six==1.17.0'),
    new Machine(process.env, machine.paths),
  );
  assert.equal(again.consent, null);

  await assert.rejects(build(folder, python('uv', 'six==99')), {
    code: 'ENV_UNSOLVABLE',
    message: /uv says:\n.*No solution found/,
  });
});

test('where uv is refused, pip builds the same and says so', async (t) => {
  const folder = temporaryFolder(t);
  const machine = machineIn(folder);
  if ((await machine.which('uv')) !== null) return t.skip('this machine has a uv of its own');
  const plan = await planEnvironment(python('uv', 'six==1.16.0'), machine, { uvRefused: true });
  assert.equal(plan.kind, 'venv');
  assert.match(plan.notes.join(), /pip builds this environment instead/);
  const { record } = await buildEnvironment(plan, machine);
  assert.deepEqual(record.lock, ['six==1.16.0']);
});

test('a Python environment holds what was asked for, runs from its own place and verifies', async (t) => {
  const folder = temporaryFolder(t);
  const { folder: place, record, reused } = await build(folder, python('venv', 'chardet==5.2.0'));
  assert.equal(reused, false);
  assert.deepEqual(record.lock, ['chardet==5.2.0']);
  assert.equal(run(join(place, 'bin/chardetect'), '--version').stdout.trim(), 'chardetect 5.2.0');
  assert.equal(
    readFileSync(join(place, 'bin/chardetect'), 'utf8').split('\n')[0],
    `#!${place}/bin/python`,
  );
  assert.doesNotMatch(readFileSync(join(place, 'pyvenv.cfg'), 'utf8'), /\.building-/);
  assert.equal(run(join(place, 'bin/python'), '-I', '-c', 'import capstan_worker').status, 0);
  assert.deepEqual(await verifyEnvironment(place), { ok: true, problems: [] });
  assert.deepEqual(environmentsIn(pathsIn(folder)), [record.key]);

  assert.equal((await build(folder, python('venv', 'chardet==5.2.0'))).reused, true);
});

test('an npm environment holds what was asked for and a worker SDK that Node can import', async (t) => {
  const folder = temporaryFolder(t);
  const { folder: place, record } = await build(folder, npm('is-number@7.0.0'));
  assert.match(record.lock.join(), /^node_modules\/is-number@7\.0\.0 sha512-/);
  const script =
    "await import('@capstan/worker'); console.log((await import('is-number')).default(5))";
  await writeFiles(place, { 'code/x/try.mjs': script });
  const { stdout, stderr } = run(process.execPath, join(place, 'code/x/try.mjs'));
  assert.equal(stdout, 'true\n', stderr);
  assert.deepEqual(await verifyEnvironment(place), { ok: true, problems: [] });
});

const impossible: { [what: string]: EnvironmentRequirement } = {
  'an npm version nobody published': npm('is-number@99'),
  'a Python version nobody published': python('venv', 'six==99'),
  'two requirements that contradict each other': python('venv', 'six==1.15.0', 'six==1.16.0'),
};
for (const [what, requirement] of Object.entries(impossible)) {
  test(`${what} fails in the tool’s own words and leaves nothing`, async (t) => {
    const folder = temporaryFolder(t);
    await assert.rejects(build(folder, requirement), {
      code: 'ENV_UNSOLVABLE',
      message: /says:\n[^]*(No matching distribution|No matching version|Cannot install)/,
    });
    assert.deepEqual(environmentsIn(pathsIn(folder)), []);
  });
}

test('two processes that want the same environment build it once', async (t) => {
  const paths = pathsIn(temporaryFolder(t));
  const builders = [1, 2].map(() => new Builder(t, python('venv', 'six==1.16.0'), paths));
  const ends = await Promise.all(
    builders.map((builder) => builder.line((line) => 'built' in line || 'failed' in line)),
  );
  assert.deepEqual(new Set(ends.map(({ reused }) => reused)), new Set([false, true]));
  assert.equal(new Set(ends.map(({ built }) => built)).size, 1);
  assert.equal(environmentsIn(paths).length, 1);
});

test('a changed environment is found out, and a forced build puts it right and keeps copied code', async (t) => {
  const folder = temporaryFolder(t);
  const requirement = python('venv', 'six==1.16.0');
  const { folder: place, record } = await build(folder, requirement);
  await writeFiles(place, { 'code/abc/tool.py': 'x = 1' });
  const version = record.interpreterVersion.split('.').slice(0, 2).join('.');
  rmSync(join(place, `lib/python${version}/site-packages/six-1.16.0.dist-info`), {
    recursive: true,
  });
  assert.deepEqual(await verifyEnvironment(place), {
    ok: false,
    problems: ['six==1.16.0 is missing'],
  });
  assert.match((await diagnoseEnvironment(place)).join('\n'), /lock: changed since it was built/);

  const again = await build(folder, requirement, true);
  assert.equal(again.reused, false);
  assert.equal((await verifyEnvironment(place)).ok, true);
  assert.equal(readFileSync(join(place, 'code/abc/tool.py'), 'utf8'), 'x = 1');
  assert.deepEqual(environmentsIn(pathsIn(folder)), [record.key]);
});

test('files of a package that are gone or changed are found out, whatever the lock says', async (t) => {
  const folder = temporaryFolder(t);
  const { folder: python3, record } = await build(folder, python('venv', 'six==1.16.0'));
  const version = record.interpreterVersion.split('.').slice(0, 2).join('.');
  await writeFile(join(python3, `lib/python${version}/site-packages/six.py`), 'gone = True');
  assert.deepEqual((await verifyEnvironment(python3)).problems, [
    'six: 1 of its files are gone or changed',
  ]);

  const { folder: node } = await build(folder, npm('is-number@7.0.0'));
  assert.deepEqual((await verifyEnvironment(node)).problems, []);
  const { path: code } = await snapshotSource(join(python3, 'environment.json'), node);
  await writeFile(code, 'something else');
  rmSync(join(node, 'node_modules/is-number'), { recursive: true });
  const { problems } = await verifyEnvironment(node);
  assert.match(
    problems.join('\n'),
    /^node_modules\/is-number is gone\nthe code in .* was changed$/,
  );
});

test('an environment whose interpreter is gone does not count as built', async (t) => {
  const folder = temporaryFolder(t);
  const requirement = python('venv');
  const { folder: place } = await build(folder, requirement);
  rmSync(join(place, 'bin/python'));
  const again = await build(folder, requirement);
  assert.equal(again.reused, false);
  assert.equal((await verifyEnvironment(place)).ok, true);
});

const locked = (hash: string) => ({
  ...python('venv', 'six'),
  lock: [`six==1.16.0 --hash=${hash}`],
});

test('a lock with hashes is held to them', async (t) => {
  const folder = temporaryFolder(t);
  const wheel = 'sha256:8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254';
  const { record } = await build(folder, locked(wheel));
  assert.deepEqual(record.lock, ['six==1.16.0']);
  await assert.rejects(build(folder, locked(`sha256:${'0'.repeat(64)}`)), {
    code: 'ENV_UNSOLVABLE',
    message: /DO NOT MATCH THE HASHES/,
  });
});

test('an npm lock is installed exactly, whatever newer version would fit', async (t) => {
  const folder = temporaryFolder(t);
  const { folder: place } = await build(folder, npm('is-number@6.0.0'));
  const lock = readFileSync(join(place, 'package-lock.json'), 'utf8');
  const { record } = await build(folder, {
    ...npm('is-number@>=6.0.0 <8'),
    lock,
  });
  assert.match(record.lock.join(), /is-number@6\.0\.0/);
});

test('a tarball on this disk is installed as a package', async (t) => {
  const folder = temporaryFolder(t);
  await writeFiles(folder, {
    'package/package.json': '{"name":"own-tool","version":"1.2.3","main":"index.js"}',
    'package/index.js': 'module.exports = 42;',
  });
  const path = join(folder, 'own-tool-1.2.3.tgz');
  execFileSync('tar', ['-czf', path, '-C', folder, 'package']);
  const files = [{ path, sha256: await contentHash(path) }];
  const { folder: place } = await build(folder, { ...npm(), files });
  const { stdout } = run(
    process.execPath,
    '-e',
    `console.log(require('${place}/node_modules/own-tool'))`,
  );
  assert.equal(stdout, '42\n');
});

test('two folders of one name are installed as two packages, without what tools left in them', async (t) => {
  const folder = temporaryFolder(t);
  await writeFiles(folder, {
    'a/tool/package.json': '{"name":"tool-a","version":"1.0.0","main":"index.js"}',
    'a/tool/index.js': 'module.exports = "a";',
    'a/tool/node_modules/old/index.js': 'left by an earlier install',
    'b/tool/package.json': '{"name":"tool-b","version":"1.0.0","main":"index.js"}',
    'b/tool/index.js': 'module.exports = "b";',
  });
  const files = await Promise.all(
    [join(folder, 'a/tool'), join(folder, 'b/tool')].map(async (path) => ({
      path,
      sha256: await contentHash(path),
    })),
  );
  const { folder: place } = await build(folder, { ...npm(), files });
  const script = `console.log(require('${place}/node_modules/tool-a') + require('${place}/node_modules/tool-b'))`;
  assert.equal(run(process.execPath, '-e', script).stdout, 'ab\n');
  const copies = await readdir(join(place, 'packages'), { recursive: true });
  assert.equal(copies.filter((path) => path.includes('node_modules')).length, 0);
});

test('a source that lists the SDK, for its editor, does not make npm look for it', async (t) => {
  const folder = temporaryFolder(t);
  const packageJson = {
    dependencies: { 'is-number': '7.0.0' },
    devDependencies: { '@capstan/worker': '99.0.0' },
  };
  const { record } = await build(folder, { ...npm(), packageJson });
  assert.match(record.lock.join(), /is-number@7\.0\.0/);
});

test('a command that a package brings is found in its environment', async (t) => {
  const folder = temporaryFolder(t);
  const requirement = python('venv', 'chardet==5.2.0');
  const { record } = await build(folder, {
    kind: 'command',
    package: { requirement, path: 'bin/chardet*' },
  });
  assert.match(record.executable ?? '', /bin\/chardetect$/);
  await assert.rejects(
    build(folder, { kind: 'command', package: { requirement, path: 'bin/nothing-*' } }),
    { code: 'ENV_BUILD_FAILED', message: /nothing in it that can be run matches bin\/nothing-\*/ },
  );
});

test('a full disk is named with what is free, and nothing is left on it', async (t) => {
  const folder = temporaryFolder(t);
  const { environmentsDir } = pathsIn(folder);
  if (!mountSmallDisk(environmentsDir)) return t.skip('mounting a small disk needs root');
  try {
    await assert.rejects(build(folder, python('venv', 'pygments==2.18.0')), {
      code: 'ENV_DISK_FULL',
      message: /does not fit on the disk: .*MB free at /,
    });
    assert.deepEqual(environmentsIn(pathsIn(folder)), []);
  } finally {
    execFileSync('umount', [environmentsDir]);
  }
});

function mountSmallDisk(folder: string): boolean {
  mkdirSync(folder, { recursive: true });
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]).status === 0;
}
