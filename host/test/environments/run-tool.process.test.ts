import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { runTool } from '../../src/environments/run-tool.ts';
import { processGone } from './builder.ts';

const env = { PATH: process.env['PATH'] ?? '' };
const shell = (script: string) => ({ command: ['/bin/sh', '-c', script], cwd: tmpdir(), env });

test('a tool’s output and exit code are told', async () => {
  const end = await runTool(shell('echo one; echo two >&2; exit 3'));
  assert.equal(end.kind, 'exited');
  assert.equal(end.code, 3);
  assert.equal(end.stdout, 'one\n');
  assert.deepEqual(end.lines.toSorted(), ['one', 'two']);
});

test('arguments reach the tool as they are, whatever is in them', async () => {
  const odd = ['a b', '$HOME', '`id`', '"; exit 9', '*'];
  const end = await runTool({ command: ['/usr/bin/printf', '%s\n', ...odd], cwd: tmpdir(), env });
  assert.equal(end.stdout, `${odd.join('\n')}\n`);
});

test('what a tool leaves running is ended with it', async () => {
  const end = await runTool(shell('sleep 1000 & echo $!'));
  assert.equal(end.code, 0);
  await processGone(Number(end.stdout));
});

test('a tool that takes too long is ended', async () => {
  const end = await runTool({ ...shell('sleep 1000'), timeoutMs: 50 });
  assert.equal(end.kind, 'timed-out');
});

test('a program that does not exist is an exit like any other', async () => {
  const end = await runTool({ command: ['/no/such/tool'], cwd: tmpdir(), env });
  assert.equal(end.code, 127);
  assert.match(end.lines.join('\n'), /not found/);
});

test('standard input is empty, so that a question ends the tool instead of hanging it', async () => {
  const end = await runTool(shell('read answer || echo nobody answers'));
  assert.equal(end.stdout, 'nobody answers\n');
});

test('a tool has ended although a child that escaped its group holds its output open', async () => {
  const escape = `f=$(mktemp); setsid sh -c "echo \\$\\$ >$f; exec sleep 30" &
    until [ -s "$f" ]; do :; done; cat "$f"; rm "$f"`;
  const end = await runTool({ ...shell(escape), timeoutMs: 20_000 });
  assert.equal(end.kind, 'exited');
  process.kill(Number(end.stdout), 'SIGKILL');
});
