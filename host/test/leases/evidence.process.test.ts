import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { compileRegion } from '../../src/kernel/regions/index.ts';
import {
  changedFiles,
  commitsIn,
  isProcessAlive,
  treePaths,
} from '../../src/leases/evidence/index.ts';
import { identityOf, thisMachine } from '../../src/leases/machine.ts';

const env = { PATH: process.env['PATH'], HOME: '/nowhere' };

/** A repository of its own, and what is done in it. */
function repository(t: TestContext) {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-git-')));
  t.after(() => rmSync(top, { recursive: true, force: true }));
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      cwd: top,
      encoding: 'utf8',
      env: { ...env, ...dates },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  let dates: { [name: string]: string } = {};
  const write = (path: string, text = path): void => {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    writeFileSync(join(top, path), text);
  };
  const commit = (path: string, atMs?: number): void => {
    write(path, `${path} ${atMs ?? ''}`);
    const date = atMs === undefined ? undefined : `${Math.floor(atMs / 1000)} +0000`;
    dates = date === undefined ? {} : { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    git('add', '-A');
    git('commit', '-q', '-m', path);
    dates = {};
  };
  git('init', '-q', '-b', 'main');
  return { top, git, write, commit };
}

const filesOf = async (...asked: Parameters<typeof changedFiles>): Promise<string[]> => {
  const found = await changedFiles(...asked);
  assert.ok(found.kind === 'files', JSON.stringify(found));
  return found.files;
};

test('changed files are those that differ from the last commit, new ones too, with any name', async (t) => {
  const { top, git, write, commit } = repository(t);
  write('before');
  assert.deepEqual(await filesOf(top, null, env), ['before'], 'nothing was committed yet');
  git('add', '-A');
  assert.deepEqual(await filesOf(top, null, env), ['before']);
  commit('a');
  assert.deepEqual(await filesOf(top, null, env), []);
  write('.gitignore', 'ignored\n');
  for (const name of [
    'a',
    'ü x',
    'new\nline',
    '-rf',
    'q"uote',
    'd/e/f',
    'ignored',
    '.capstan/state.db',
  ])
    write(name, 'changed');
  git('mv', 'before', 'after');
  assert.deepEqual(
    await filesOf(top, null, env),
    ['-rf', '.gitignore', 'a', 'after', 'before', 'd/e/f', 'new\nline', 'q"uote', 'ü x'].toSorted(),
  );
});

test('with a base they are those since both parted, whatever came to the base meanwhile', async (t) => {
  const { top, git, commit, write } = repository(t);
  commit('a');
  git('checkout', '-q', '-b', 'work');
  commit('mine');
  git('checkout', '-q', 'main');
  commit('theirs');
  git('checkout', '-q', 'work');
  write('new');
  assert.deepEqual(await filesOf(top, 'main', env), ['mine', 'new']);
  const unknown = await changedFiles(top, 'mian', env);
  assert.match(unknown.kind === 'unknown' ? unknown.why : '', /there is no commit "mian"/);
  const option = await changedFiles(top, '--output=/tmp/x', env);
  assert.equal(option.kind, 'unknown', 'a base is never an option of git');
});

test('of a tree that is a folder of a repository what changed beside it is outside', async (t) => {
  const { top, commit, write } = repository(t);
  commit('sub/a');
  write('sub/a', 'changed');
  write('beside/b');
  assert.deepEqual(await filesOf(join(top, 'sub'), null, env), ['../beside/b', 'a']);
});

test('where git cannot say it says why', async (t) => {
  const { top, write } = repository(t);
  const plain = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-plain-')));
  t.after(() => rmSync(plain, { recursive: true, force: true }));
  const whyOf = async (...asked: Parameters<typeof changedFiles>): Promise<string> => {
    const found = await changedFiles(...asked);
    return found.kind === 'unknown' ? found.why : 'it knew';
  };
  assert.match(await whyOf(plain, null, env), /not a git repository/);
  assert.equal(await whyOf(top, null, { PATH: plain }), 'git is not installed');
  write('bin/git', '#!/bin/sh\necho "fatal: out of order" >&2; exit 3\n');
  chmodSync(join(top, 'bin/git'), 0o755);
  assert.equal(await whyOf(top, null, { PATH: join(top, 'bin') }), 'out of order');
  assert.deepEqual(
    await whyOf(top, null, { ...env, GIT_DIR: plain }),
    'it knew',
    'as in a hook of another repository',
  );
});

test('a program that a repository names for git is not run', async (t) => {
  const { top, git, write, commit } = repository(t);
  commit('a');
  write('run.sh', '#!/bin/sh\ntouch "$PWD/was-run"\n');
  chmodSync(join(top, 'run.sh'), 0o755);
  git('config', 'core.fsmonitor', join(top, 'run.sh'));
  git('config', 'diff.external', join(top, 'run.sh'));
  write('a', 'changed');
  assert.deepEqual(await filesOf(top, null, env), ['a', 'run.sh']);
});

test('commits count from the start on, and only those in the region', async (t) => {
  const { top, commit } = repository(t);
  const startMs = Date.UTC(2026, 0, 1, 12, 0, 0, 500);
  const region = compileRegion({ patterns: ['src/**'] });
  const hashes = async (tree = top): Promise<string[]> => {
    const found = await commitsIn(tree, region, startMs, env);
    assert.ok(found.kind === 'commits', JSON.stringify(found));
    return found.commits.map(({ file, atMs }) => `${file} ${(atMs - startMs) / 1000}`);
  };
  assert.deepEqual(await hashes(), [], 'nothing was committed yet');
  commit('src/early', startMs - 60_000);
  commit('src/same second', startMs);
  commit('docs/beside', startMs + 60_000);
  commit('src/ü', startMs + 120_500);
  commit('src2/beside', startMs + 180_500);
  assert.deepEqual(await hashes(), ['src/ü 120.5', 'src/same second 0']);
  const none = await commitsIn(tmpdir(), region, startMs, env);
  assert.equal(none.kind, 'unknown');
});

test('a process is known by its start, not by its number alone', async () => {
  const machine = thisMachine();
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  assert.ok(child.pid !== undefined);
  const identity = identityOf(machine, child.pid);
  assert.ok(identity);
  assert.equal(isProcessAlive(machine, identity), true);
  assert.equal(
    isProcessAlive(machine, { ...identity, startedAt: '1' }),
    false,
    'another with its number',
  );
  assert.equal(isProcessAlive(machine, { ...identity, bootId: 'before' }), false);
  assert.equal(isProcessAlive(machine, { ...identity, pidNamespace: 'pid:[1]' }), null);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(isProcessAlive(machine, identity), false);
});

test('typed paths are where the files really are', (t) => {
  const { top, write } = repository(t);
  write('src/a.ts');
  write('elsewhere/b.ts');
  symlinkSync(join(top, 'elsewhere'), join(top, 'src', 'link'));
  symlinkSync(tmpdir(), join(top, 'out'));
  const from = (folder: string, ...typed: string[]): string[] =>
    treePaths(top, join(top, folder), typed);
  assert.deepEqual(from('src', 'a.ts', './gone.ts', '../elsewhere/b.ts', join(top, 'src/a.ts')), [
    'src/a.ts',
    'src/gone.ts',
    'elsewhere/b.ts',
    'src/a.ts',
  ]);
  assert.deepEqual(from('src', 'link/b.ts', 'link/gone/c.ts'), [
    'elsewhere/b.ts',
    'elsewhere/gone/c.ts',
  ]);
  assert.deepEqual(from('.', 'src/link'), ['src/link'], 'a link itself is what changed');
  assert.ok(from('.', 'out/x')[0]?.startsWith('../'));
});
