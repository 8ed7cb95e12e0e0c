import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';

/** The packages as somebody who installs them gets them: built, packed, installed elsewhere. */
const folder = mkdtempSync(join(tmpdir(), 'capstan-packed-'));
const env = { ...process.env, XDG_DATA_HOME: join(folder, 'data') };
after(() => rmSync(folder, { recursive: true, force: true }));

function succeed(cwd: string, command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  assert.equal(status, 0, `${command} ${args.join(' ')}\n${stdout}\n${stderr}`);
  return stdout;
}

const app = join(folder, 'app');
const capstan = (cwd: string, ...args: string[]): string =>
  succeed(cwd, process.execPath, join(app, 'node_modules/.bin/capstan'), ...args);

test('the packed packages install together and answer', () => {
  const build = join(folder, 'build');
  succeed('.', process.execPath, 'scripts/build.ts', build);
  const packages = ['protocol', 'worker-node', 'host'].map((name) => resolve(build, name));
  const packed = succeed(folder, 'npm', 'pack', '--silent', ...packages)
    .trim()
    .split('\n');
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), '{"private":true}');
  succeed(app, 'npm', 'install', '--silent', ...packed.map((file) => join(folder, file)));
  assert.match(capstan(app, '--version'), /^\d+\.\d+\.\d+\n$/);
});

for (const language of ['typescript', 'python']) {
  test(`a workspace made by the packed command line runs its ${language} capability`, () => {
    const root = join(folder, language);
    mkdirSync(root);
    capstan(root, 'init', '--yes', '--language', language);
    capstan(root, 'install', '--yes');
    const greeting = capstan(root, 'run', 'hello.greet', '--input', 'who=World');
    assert.equal(greeting, 'Hello, World!\n');
  });
}

test('the packed command line wraps a program', () => {
  const root = join(folder, 'command');
  mkdirSync(root);
  writeFileSync(
    join(root, 'capstan.yaml'),
    'capabilities: [{ name: words, environment: command, source: ./words.yaml }]\n',
  );
  writeFileSync(
    join(root, 'words.yaml'),
    `name: words
description: counts words
executable: wc
actions:
  count:
    description: counts the words of a text
    inputs: { text: { type: string } }
    outputs: { count: { type: string, from: stdout } }
    returns: count
    argv: [-w]
    stdin: "\${{ inputs.text }}"
`,
  );
  capstan(root, 'install', '--yes');
  assert.equal(capstan(root, 'run', 'words.count', '--input', 'text=one two three').trim(), '3');
});
