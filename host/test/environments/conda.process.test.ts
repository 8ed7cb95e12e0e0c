import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  buildEnvironment,
  type CondaKind,
  type CondaRequirement,
  diagnoseEnvironment,
  findCondaTool,
  Machine,
  planEnvironment,
  readBuilt,
  verifyEnvironment,
} from '../../src/environments/index.ts';
import { Builder, environmentsIn } from './builder.ts';
import { channelIn } from './conda-channel.ts';
import { conda, pathsIn, temporaryFolder, writeFiles } from './workbench.ts';

/**
 * mamba, micromamba and pixi are stood in for by a program that behaves and speaks as they are documented to; see
 * its own first lines. `conda.env.test.ts` runs a real conda where there is one.
 */
const likeness = fileURLToPath(new URL('../fixtures/environments/conda-like.py', import.meta.url));
const shared = mkdtempSync(join(tmpdir(), 'capstan-conda-'));
const bin = join(shared, 'bin');
let channel = '';
before(async () => {
  channel = await channelIn(shared);
  await writeFiles(bin, {
    ...Object.fromEntries(standIns.map((name) => [name, script(name)])),
    broken: '#!/bin/sh\nexit 3\n',
  });
});
after(() => rmSync(shared, { recursive: true, force: true }));

const standIns = ['mamba', 'micromamba', 'pixi'] as const;
const script = (name: string) => `#!/bin/sh\nexec python3 ${likeness} ${name} "$@"\n`;

function machineIn(folder: string, env: NodeJS.ProcessEnv = {}): Machine {
  const home = join(folder, 'home');
  return new Machine({ ...process.env, HOME: home, ...env }, pathsIn(folder));
}

async function build(
  folder: string,
  kind: CondaKind,
  wanted: Partial<CondaRequirement> = {},
  force = false,
) {
  const machine = machineIn(folder);
  const requirement = conda(kind, { tool: join(bin, kind), channels: [channel], ...wanted });
  return buildEnvironment(await planEnvironment(requirement, machine), machine, { force });
}

for (const kind of standIns) {
  test(`${kind} builds an environment where it stays, with our SDK in it and a lock of what it holds`, async (t) => {
    const folder = temporaryFolder(t);
    const built = await build(folder, kind, { packages: ['greeting', 'where-am-i'] });
    const prefix = kind === 'pixi' ? join(built.folder, '.pixi/envs/default') : built.folder;
    assert.equal(built.record.interpreter, join(prefix, 'bin/python'));
    assert.match(built.record.tool, new RegExp(`^${kind} \\d`));
    const names = built.record.lock.map(
      (line) => /([a-z-]+)-[\d.]+-0\.tar\.bz2#[0-9a-f]{32}$/.exec(line)?.[1],
    );
    assert.deepEqual(names, ['python', 'where-am-i', 'greeting']);
    const said = execFileSync(join(prefix, 'bin/where-am-i'), { encoding: 'utf8' });
    assert.equal(said.trim(), prefix);
    const code = 'import greeting, capstan_worker, sys; print(sys.prefix)';
    const python = execFileSync(built.record.interpreter, ['-I', '-c', code], { encoding: 'utf8' });
    assert.equal(python.trim(), prefix);
    assert.deepEqual(await verifyEnvironment(built.folder), { ok: true, problems: [] });
    assert.match(
      (await diagnoseEnvironment(built.folder)).join('\n'),
      /lock: still as it was built/,
    );
    assert.ok((await build(folder, kind, { packages: ['where-am-i', 'greeting'] })).reused);
  });

  test(`what ${kind} cannot solve is told with the solver’s words`, async (t) => {
    const folder = temporaryFolder(t);
    await assert.rejects(build(folder, kind, { packages: ['no-such-package'] }), {
      code: 'ENV_UNSOLVABLE',
      message: new RegExp(`${kind} says:\\n[\\s\\S]*no-such-package`),
    });
    assert.deepEqual(environmentsIn(pathsIn(folder)), [], 'nothing of the attempt is left');
  });

  test(`a channel that ${kind} cannot find is named, and a missing network is no such thing`, async (t) => {
    const folder = temporaryFolder(t);
    await assert.rejects(build(folder, kind, { channels: ['https://c.org/nochan'] }), {
      code: 'ENV_UNSOLVABLE',
      message: /the channel https:\/\/c\.org\/nochan does not exist/,
      hint: /`channels`/,
    });
    await assert.rejects(build(folder, kind, { channels: ['http://offline.org/c'] }), {
      code: 'ENV_BUILD_FAILED',
      message: /no network/,
      category: 'transient',
    });
  });
}

test('a project of pixi with a lock is installed as the lock says; without a lock it gets one', async (t) => {
  const folder = temporaryFolder(t);
  const first = await build(folder, 'pixi', { packages: ['greeting'] });
  const lock = readFileSync(join(first.folder, 'pixi.lock'), 'utf8');
  const manifest = readFileSync(join(first.folder, 'pixi.toml'), 'utf8');
  const second = await build(folder, 'pixi', { manifest, lock });
  assert.notEqual(first.folder, second.folder);
  assert.deepEqual(second.record.lock, first.record.lock);
});

test('a builder killed half-way leaves a folder without a record, which nobody takes for an environment and the next builder removes', async (t) => {
  const folder = temporaryFolder(t);
  const requirement = conda('micromamba', {
    tool: join(bin, 'micromamba'),
    channels: [channel],
    packages: ['greeting'],
  });
  const plan = await planEnvironment(requirement, machineIn(folder));
  const killed = new Builder(t, requirement, pathsIn(folder), {
    ...process.env,
    CONDA_LIKE_HANGS: 'greeting',
  });
  await killed.line(({ message }) => message?.startsWith('Linking greeting') === true);
  killed.process.kill('SIGKILL');
  await killed.ended();
  assert.ok(existsSync(join(plan.folder, 'bin/python')), 'the half-made prefix is there');
  assert.equal(await readBuilt(plan.folder, plan.key), null);

  const built = await build(folder, 'micromamba', { packages: ['greeting'] });
  assert.equal(built.reused, false);
  assert.deepEqual(
    readdirSync(join(folder, 'environments')).filter((name) => name.startsWith('.building')),
    [],
  );
});

test('an environment whose rebuilding fails stays as it was', async (t) => {
  const folder = temporaryFolder(t);
  const own = join(folder, 'own', 'mamba');
  await writeFiles(join(folder, 'own'), { mamba: script('mamba') });
  const wanted = { tool: own, packages: ['greeting'] };
  const { folder: prefix } = await build(folder, 'mamba', wanted);
  await writeFiles(join(folder, 'own'), {
    mamba: '#!/bin/sh\n[ "$1" = --version ] && echo 2.3.2 && exit\nexit 1\n',
  });
  await assert.rejects(build(folder, 'mamba', wanted, true), { code: 'ENV_BUILD_FAILED' });
  assert.deepEqual(await verifyEnvironment(prefix), { ok: true, problems: [] });
});

test('the program is the declared one, else the workspace’s own, else the one on the PATH', async (t) => {
  const folder = temporaryFolder(t);
  const toolsDir = join(folder, '.capstan/tools');
  const machine = machineIn(folder, { PATH: `${bin}:/usr/bin:/bin`, MAMBA_EXE: '' });
  const found = (tool: string | null) =>
    findCondaTool({ kind: 'micromamba', tool, toolsDir }, machine);
  assert.equal((await found(null)).path, join(bin, 'micromamba'));
  await writeFiles(toolsDir, { 'micromamba-2.3.2/bin/micromamba': script('micromamba') });
  assert.equal((await found(null)).path, join(toolsDir, 'micromamba-2.3.2/bin/micromamba'));
  assert.equal((await found('micromamba')).path, join(bin, 'micromamba'), 'a name means the PATH');
  assert.deepEqual(await found(join(bin, 'mamba')), { path: join(bin, 'mamba'), version: '2.3.2' });
});

test('a program that is missing or does not run is named, with where to put one', async (t) => {
  const folder = temporaryFolder(t);
  const toolsDir = join(folder, '.capstan/tools');
  const machine = machineIn(folder, { PATH: '/usr/bin:/bin', MAMBA_EXE: '' });
  const find = (tool: string | null) =>
    findCondaTool({ kind: 'micromamba', tool, toolsDir }, machine);
  await assert.rejects(find(null), {
    code: 'ENV_TOOL_MISSING',
    message: 'This environment needs micromamba, which was not found.',
    hint: /\.capstan\/tools\/micromamba, or name it with `tool:`/,
  });
  await assert.rejects(find('/nowhere/micromamba'), { message: /not a program on this machine/ });
  await assert.rejects(find(join(bin, 'broken')), { message: /does not answer to --version/ });
  await writeFiles(toolsDir, { micromamba: '#!/bin/sh\nexit 1\n' });
  await chmod(join(toolsDir, 'micromamba'), 0o755);
  await assert.rejects(find(null), { message: /tools\/micromamba does not run/ });
});
