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
