import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { installedModule } from '../../src/capabilities/installed-module.ts';
import {
  buildEnvironment,
  type EnvironmentRequirement,
  Machine,
  planEnvironment,
} from '../../src/environments/index.ts';
import { localPackage } from '../../src/capabilities/local-package.ts';
import { npm, pathsIn, python, temporaryFolder, writeFiles } from '../environments/workbench.ts';

async function build(folder: string, requirement: EnvironmentRequirement) {
  const machine = new Machine(process.env, pathsIn(folder));
  return buildEnvironment(await planEnvironment(requirement, machine), machine);
}

/** A wheel is a zip file of its files; no tool has to make it. */
async function wheel(folder: string, name: string, files: { [path: string]: string }) {
  const info = `${name}-1.2.dist-info`;
  const tree = join(folder, `tree-${name}`);
  await writeFiles(tree, {
    ...files,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.2\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    ...(files['entry_points.txt'] && { [`${info}/entry_points.txt`]: files['entry_points.txt'] }),
    [`${info}/RECORD`]: [
      ...Object.keys(files),
      `${info}/METADATA`,
      `${info}/WHEEL`,
      `${info}/RECORD`,
    ]
      .map((path) => `${path},,\n`)
      .join(''),
  });
  const path = join(folder, `${name}-1.2-py3-none-any.whl`);
  const pack =
    'import shutil, sys; shutil.move(shutil.make_archive(sys.argv[1], "zip", sys.argv[2]), sys.argv[1])';
  execFileSync('python3', ['-c', pack, path, tree]);
  return path;
}

async function moduleOf(
  t: TestContext,
  capability: string,
  name: string,
  files: { [path: string]: string },
) {
  const folder = temporaryFolder(t);
  const path = await wheel(folder, name, files);
  const built = await build(folder, { ...python('venv'), files: [await localPackage(path)] });
  return installedModule(capability, { kind: 'archive', path }, false, built);
}

test('an entry point of the group capstan.capabilities says which module and class are the capability', async (t) => {
  const entry = '[capstan.capabilities]\nspeech = inner.tool:Speech\n';
  const found = await moduleOf(t, 'anything', 'my_tool', {
    'inner/__init__.py': '',
    'inner/tool.py': '',
    'entry_points.txt': entry,
  });
  assert.deepEqual(found, { module: 'inner.tool', class: 'Speech' });
});

test('of several entry points the one called like the capability counts, else the nearest is named', async (t) => {
  const files = {
    'inner/__init__.py': '',
    'entry_points.txt': '[capstan.capabilities]\nspeech = inner.a:A\nmusic = inner.b:B\n',
  };
  assert.deepEqual(await moduleOf(t, 'music', 'my_tool', files), { module: 'inner.b', class: 'B' });
  await assert.rejects(moduleOf(t, 'speach', 'my_tool', files), {
    code: 'DECLARATION_INVALID',
    message: /declares several capabilities: speech, music/,
    hint: /speech/,
  });
});

test('without an entry point it is the module called like the package, else its only one', async (t) => {
  const several = { 'My_Tool/__init__.py': '', 'other/__init__.py': '' };
  assert.equal((await moduleOf(t, 'c', 'My_Tool', several)).module, 'My_Tool');
  const only = { 'elsewhere/__init__.py': '', 'elsewhere/x.py': '' };
  assert.equal((await moduleOf(t, 'c', 'my_tool', only)).module, 'elsewhere');
});

/** A package as npm packs it. */
async function tarball(folder: string, name: string, more: object): Promise<string> {
  const files = {
    'main.js': 'export const a = 1;\n',
    'install.cjs': "require('fs').writeFileSync('ran', '');\n",
  };
  const manifest = { name, version: '1.0.0', main: 'main.js', ...more };
  await writeFiles(join(folder, name), { ...files, 'package.json': JSON.stringify(manifest) });
  execFileSync('npm', ['pack', '--pack-destination', folder], {
    cwd: join(folder, name),
    stdio: 'pipe',
  });
  return join(folder, `${name}-1.0.0.tgz`);
}

test('the member capstan of a package.json says which file is the capability', async (t) => {
  const folder = temporaryFolder(t);
  const path = await tarball(folder, 'my-tool', {
    capstan: { module: './main.js', class: 'Tool' },
  });
  const built = await build(folder, { ...npm(), files: [await localPackage(path)] });
  assert.deepEqual(await installedModule('c', { kind: 'archive', path }, true, built), {
    module: join(built.folder, 'node_modules/my-tool/main.js'),
    class: 'Tool',
  });
  const outside = await tarball(folder, 'bad-tool', { capstan: '../elsewhere.js' });
  const bad = await build(folder, { ...npm(), files: [await localPackage(outside)] });
  await assert.rejects(installedModule('c', { kind: 'archive', path: outside }, true, bad), {
    code: 'DECLARATION_INVALID',
  });
});

test('install scripts of npm packages run for those that allowScripts lists, and for no others', async (t) => {
  const folder = temporaryFolder(t);
  const scripts = { scripts: { install: 'node install.cjs' } };
  const paths = [
    await tarball(folder, 'trusted', scripts),
    await tarball(folder, 'other', scripts),
  ];
  const files = await Promise.all(paths.map(localPackage));
  const ran = (environment: string, name: string) =>
    existsSync(join(environment, 'node_modules', name, 'ran'));

  const none = await build(folder, { ...npm(), files });
  assert.deepEqual([ran(none.folder, 'trusted'), ran(none.folder, 'other')], [false, false]);
  const one = await build(folder, { ...npm(), files, allowScripts: ['trusted'] });
  assert.deepEqual([ran(one.folder, 'trusted'), ran(one.folder, 'other')], [true, false]);
  assert.notEqual(one.key, none.key);

  const machine = new Machine(process.env, pathsIn(folder));
  const plan = await planEnvironment({ ...npm(), files, allowScripts: ['trusted'] }, machine);
  assert.match(plan.notes.join(), /install scripts of trusted run/, 'the plan tells');
  await assert.rejects(build(folder, { ...npm(), files, allowScripts: ['trustd'] }), {
    code: 'DECLARATION_INVALID',
    message: /allowScripts names trustd, which is not installed here/,
  });
});
