import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { linesOf, openSandbox, type Sandbox } from './test/sandbox.ts';

let sandbox: Sandbox;
before(async () => {
  sandbox = await openSandbox();
});
after(() => sandbox.close());

for (const name of ['01-hello', '02-python', '03-command']) {
  test(`${name} fits on a screen, installs, and the command in its first line prints expected.txt`, async () => {
    assert.ok((await linesOf(name)) < 40);
    const folder = await sandbox.copyOf(name);
    const installed = await sandbox.capstan(folder, ['install', '--yes']);
    assert.equal(installed.code, 0, installed.stderr);

    const [line = ''] = (await readFile(join(folder, 'capstan.yaml'), 'utf8')).split('\n');
    assert.match(line, /^# capstan run /);
    const run = await sandbox.capstan(folder, line.split(' ').slice(2));
    assert.equal(run.code, 0, run.stderr);
    assert.equal(run.stdout, await readFile(join(folder, 'expected.txt'), 'utf8'));
  });
}

test('04-adapters gives one task by a tool of either language, in compositions that differ in one line', async () => {
  const folder = await sandbox.copyOf('04-adapters');
  const installed = await sandbox.capstan(folder, ['install', '--yes']);
  assert.equal(installed.code, 0, installed.stderr);
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

  const [python, node] = await Promise.all(['with-python.yaml', 'with-node.yaml'].map(read));
  const lines = (text = ''): string[] => text.split('\n');
  const differing = lines(python).filter((line, index) => line !== lines(node)[index]);
  assert.deepEqual(differing, ['    use: python-words']);

  for (const composition of ['with-python.yaml', 'with-node.yaml']) {
    // oxlint-disable-next-line no-await-in-loop -- one host at a time
    const run = await sandbox.capstan(folder, ['run', composition, '--input', 'text=poem.txt']);
    assert.equal(run.code, 0, run.stderr);
    // oxlint-disable-next-line no-await-in-loop
    assert.equal(run.stdout, await read('expected.txt'), composition);
  }
  const { stdout } = await sandbox.capstan(folder, ['adapters', '--task', 'counting']);
  assert.match(
    stdout,
    /python-words +bound\n +node-words +does not fit: it has no method most_common/,
  );
});
