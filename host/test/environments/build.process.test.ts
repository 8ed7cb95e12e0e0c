import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Builder, brokenTool, environmentsIn, processGone } from './builder.ts';
import { npm, pathsIn, temporaryFolder } from './workbench.ts';

const withNpm = (name: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${brokenTool(name)}:${process.env['PATH']}`,
  ...more,
});
const pidsIn = (message = ''): number[] => message.split(' ').slice(1).map(Number);
const isBusy = ({ message = '' }: { message?: string }) => message.startsWith('busy');

test('a second builder of the same environment waits, says for whom, and then finds it built', async (t) => {
  const folder = temporaryFolder(t);
  const paths = pathsIn(folder);
  const permission = join(folder, 'permission');
  execFileSync('mkfifo', [permission]);
  const env = withNpm('waits-for-permission', { npm_config_permission: permission });

  const first = new Builder(t, npm('anything'), paths, env);
  await first.line(({ message }) => message === 'waiting for permission');
  const second = new Builder(t, npm('anything'), paths, env);
  const { message } = await second.line(({ stage }) => stage === 'wait');
  assert.equal(
    message,
    `waiting for another process (pid ${first.process.pid}) that builds the same environment`,
  );
  await writeFile(permission, 'go\n');

  const [built, found] = await Promise.all(
    [first, second].map((builder) => builder.line((line) => 'built' in line || 'failed' in line)),
  );
  assert.equal(built?.reused, false);
  assert.deepEqual(found, { built: built?.built, reused: true });
  assert.equal(second.lines.filter(({ stage }) => stage === 'build').length, 0);
});

test('a builder killed in the middle leaves nothing that counts as built, and no process', async (t) => {
  const paths = pathsIn(temporaryFolder(t));
  const killed = new Builder(t, npm('anything'), paths, withNpm('never-ends'));
  const { message } = await killed.line(isBusy);
  killed.process.kill('SIGKILL');
  await killed.ended();
  await Promise.all(pidsIn(message).map(processGone));
  const [left] = environmentsIn(paths);
  assert.match(left ?? '', /^\.building-npm-/);

  const permission = join(paths.environmentsDir, '..', 'permission');
  execFileSync('mkfifo', [permission]);
  const env = withNpm('waits-for-permission', { npm_config_permission: permission });
  const next = new Builder(t, npm('anything'), paths, env);
  await next.line(({ message: said }) => said === 'waiting for permission');
  assert.ok(
    !existsSync(join(paths.environmentsDir, left ?? '')),
    'the dead builder’s folder is swept',
  );
  await writeFile(permission, 'go\n');
  const { built } = await next.line((line) => 'built' in line || 'failed' in line);
  assert.deepEqual(
    environmentsIn(paths).map((name) => join(paths.environmentsDir, name)),
    [built],
  );
});

for (const tool of ['never-ends', 'ignores-sigterm']) {
  test(`an interrupted build ends a tool that ${tool.replace('-', ' ')} and removes what it made`, async (t) => {
    const paths = pathsIn(temporaryFolder(t));
    const builder = new Builder(t, npm('anything'), paths, withNpm(tool));
    const { message } = await builder.line(isBusy);
    builder.process.kill('SIGINT');
    assert.deepEqual(await builder.line(({ failed }) => failed !== undefined), {
      failed: 'INTERRUPTED',
    });
    await Promise.all(pidsIn(message).map(processGone));
    assert.deepEqual(environmentsIn(paths), []);
  });
}

test('who waits for another builder can be interrupted too', async (t) => {
  const paths = pathsIn(temporaryFolder(t));
  const busy = new Builder(t, npm('anything'), paths, withNpm('never-ends'));
  await busy.line(isBusy);
  const waiting = new Builder(t, npm('anything'), paths, withNpm('never-ends'));
  await waiting.line(({ stage }) => stage === 'wait');
  waiting.process.kill('SIGINT');
  assert.deepEqual(await waiting.line(({ failed }) => failed !== undefined), {
    failed: 'INTERRUPTED',
  });
  assert.equal(busy.process.exitCode, null);
});
