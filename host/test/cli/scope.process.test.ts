import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { documentIn } from './documents.ts';
import { type Answer, capstan } from './fake-io.ts';

const declaration = `lanes:
  backend: { paths: [src/api, docs/api.md] }
  talk: {}
`;

/** A workspace in a repository, with a machine of its own. */
function openWorld(t: TestContext) {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-scope-')));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const root = join(home, 'workspace');
  const env = { PATH: process.env['PATH'], HOME: home, XDG_DATA_HOME: join(home, 'data') };
  const git = (...args: string[]): void => {
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: root, env });
  };
  const write = (path: string, text = ''): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const askFrom = (folder: string, stdin: string, ...argv: string[]): Promise<Answer> =>
    capstan(argv, { cwd: join(root, folder), env, stdin, nowMs: Date.now() });
  const ask = (...argv: string[]): Promise<Answer> => askFrom('.', '', ...argv);
  write('capstan.yaml', declaration);
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
  return { root, git, write, ask, askFrom };
}

test('files inside are in scope, and outside of it they are named', async (t) => {
  const { ask } = openWorld(t);
  const inside = await ask('scope', '--lane', 'backend', 'src/api/a.ts', './docs/api.md');
  assert.deepEqual(
    [inside.code, inside.stdout],
    [0, 'in scope: 2 files lie in lane backend (src/api, docs/api.md)\n'],
  );
  const creep = await ask('scope', '--region', 'src/**', 'src/a', 'src2/b', '../c');
  assert.equal(creep.code, 4);
  assert.equal(creep.stdout, 'scope creep: 2 of 3 files lie outside of src/**\n  src2/b\n  ../c\n');
  assert.match(creep.stderr, /capstan lease list/);
  const wrong = await ask('scope', '--region', 'src', 'docs/a.md');
  assert.equal(wrong.code, 4);
  assert.match(
    wrong.stdout,
    /^wrong target: the only file does not lie in src\n {2}docs\/a\.md\n$/,
  );
});

test('the document of a verdict says the same', async (t) => {
  const { ask } = openWorld(t);
  const argv = ['--lane', 'backend', 'src/api/a', 'x', 'a.lock', '--shared', '**/*.lock', '--json'];
  const { code, stdout } = await ask('scope', ...argv);
  assert.equal(code, 4);
  assert.deepEqual(documentIn(stdout, 'scope'), {
    verdict: 'scope_creep',
    within: { kind: 'lane', id: 'backend', patterns: ['src/api', 'docs/api.md'] },
    files: 3,
    outside: ['x'],
    tolerated: [],
    shared: ['a.lock'],
  });
  const tolerated = await ask('scope', ...argv, '--tolerate', '1');
  assert.equal(tolerated.code, 0);
  assert.deepEqual(documentIn(tolerated.stdout, 'scope')['tolerated'], ['x']);
});

test('a lease is what it holds, and a lease of something else is of no part', async (t) => {
  const { ask } = openWorld(t);
  const acquire = async (...claims: string[]): Promise<string> => {
    const { code, stdout, stderr } = await ask(
      'lease',
      'acquire',
      ...claims,
      '--holder',
      'anna',
      '--json',
    );
    assert.equal(code, 0, stderr);
    return (JSON.parse(stdout) as { id: string }).id;
  };
  const id = await acquire('--region', 'src/web/**', '--lane', 'backend');
  assert.equal(
    (await ask('scope', '--lease', id, 'src/web/a', 'src/api/b')).code,
    0,
    'its lane too',
  );
  const creep = await ask('scope', '--lease', id, 'src/web/a', 'lib/b');
  assert.equal(creep.code, 4);
  assert.match(creep.stderr, /capstan lease acquire --region lib\/b/);
  const name = await acquire('--name', 'deploy');
  const none = await ask('scope', '--lease', name, 'src/web/a');
  assert.equal(none.code, 2);
  assert.match(none.stderr, /holds no part of .*name:deploy[^]*REGION_EMPTY/);
  const unknown = await ask('scope', '--lease', 'lse_nobody', 'a');
  assert.equal(unknown.code, 3);
  assert.match(unknown.stderr, /LEASE_NOT_FOUND/);
});

test('files come from git, from stdin and from where one stands', async (t) => {
  const { git, write, askFrom, ask } = openWorld(t);
  assert.match(
    (await ask('scope', '--region', 'src', '--git')).stdout,
    /^in scope: nothing has changed/,
  );
  write('src/new.ts');
  write('src/odd\nname.ts');
  assert.equal((await ask('scope', '--region', 'src', '--git')).code, 0);
  git('checkout', '-q', '-b', 'work');
  git('add', '-A');
  git('commit', '-q', '-m', 'second');
  const branch = documentIn(
    (await ask('scope', '--region', 'docs', '--git=main', '--json')).stdout,
    'scope',
  );
  assert.deepEqual(branch['outside'], ['src/new.ts', 'src/odd\nname.ts']);
  for (const [folder, stdin] of [
    ['.', 'src/a\nsrc/b\r\n'],
    ['.', 'src/a\0src/b\nc\0'],
    ['src', 'a\nb/c\n'],
    ['.', ''],
  ] as const) {
    const found = await askFrom(folder, stdin, 'scope', '--region', 'src', '--stdin');
    assert.equal(found.code, 0, JSON.stringify(stdin));
  }
  assert.equal((await askFrom('src', '', 'scope', '--region', 'src', '../docs/a')).code, 4);
});

test('a link is followed, as a region is', async (t) => {
  const { root, write, ask } = openWorld(t);
  write('src/api/a.ts');
  symlinkSync(join(root, 'src'), join(root, 'link'));
  assert.equal((await ask('scope', '--region', 'src/api', 'link/api/a.ts')).code, 0);
  assert.equal((await ask('scope', '--region', 'link/api', 'src/api/a.ts')).code, 0);
});

test('what cannot be answered is refused with the next step, and never in scope', async (t) => {
  const { ask } = openWorld(t);
  for (const [argv, code, said] of [
    [['--region', 'src'], 2, /which files[^]*--stdin[^]*USAGE/],
    [['a.ts'], 2, /where the files may lie[^]*--lane NAME[^]*USAGE/],
    [['--region', 'src', '--lane', 'backend', 'a'], 2, /together[^]*USAGE/],
    [['--lane', 'bakcend', 'a'], 4, /Did you mean backend\?[^]*LANE_UNKNOWN/],
    [['--lane', '__proto__', 'a'], 4, /LANE_UNKNOWN/],
    [['--lane', 'talk', 'a'], 2, /without paths[^]*REGION_EMPTY/],
    [['--region', '', 'a'], 2, /nothing or everything[^]*REGION_EMPTY/],
    [['--region', '../x', 'a'], 2, /REGION_OUTSIDE_TREE/],
    [['--region', 'src/[ab', 'a'], 2, /no \][^]*REGION_INVALID/],
    [['--region', 'src', '--shared', '/etc', 'a'], 2, /REGION_OUTSIDE_TREE/],
    [['--region', 'src', '--tolerate', '-1', 'a'], 2, /whole number/],
    [['--region', 'src', '--git=nowhere'], 1, /no commit "nowhere"[^]*--stdin[^]*GIT_FAILED/],
    [['--region', 'src', '--git=--help'], 1, /GIT_FAILED/],
  ] as const) {
    const { code: found, stdout, stderr } = await ask('scope', ...argv);
    assert.deepEqual([found, stdout], [code, ''], argv.join(' '));
    assert.match(stderr, said, argv.join(' '));
  }
});
