import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SideFailed } from '../measure/sides.ts';
import { Asked } from '../systems/asked.ts';

const driver = (program: string) => [process.execPath, '-e', program];

const echoes = `
require('node:readline').createInterface({ input: process.stdin })
  .on('line', (line) => console.log(JSON.stringify({ said: JSON.parse(line).do })))`;

test('a driver answers each request, and ends with its stdin', async () => {
  const asked = new Asked('echo', driver(echoes));
  assert.deepEqual(await asked.ask({ do: 'one' }), { said: 'one' });
  assert.deepEqual(await asked.ask({ do: 'two' }), { said: 'two' });
  await asked.close();
  assert.throws(() => process.kill(asked.pid, 0), { code: 'ESRCH' });
});

test('a driver that does not answer in time is killed with all that it started', async () => {
  const starts = `const child = require('node:child_process').spawn('sleep', ['600']);
    require('node:readline').createInterface({ input: process.stdin })
      .on('line', (line) => JSON.parse(line).do === 'child' && console.log(JSON.stringify({ pid: child.pid })))`;
  const asked = new Asked('mute', driver(starts));
  const { pid } = await asked.ask<{ pid: number }>({ do: 'child' });
  await assert.rejects(asked.ask({ do: 'nothing' }, 0.2), (error) => {
    assert.ok(error instanceof SideFailed);
    assert.match(error.message, /mute did not answer nothing within 0.2 s/);
    return true;
  });
  await asked.close();
  // Nobody here is its parent: it is gone, or a zombie until init has looked.
  while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
});

test('what a driver started ends with it when it dies', async () => {
  const dies = `const child = require('node:child_process').spawn('sleep', ['600']);
    console.log(JSON.stringify({ pid: child.pid }));
    process.stdin.once('data', () => setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50));`;
  const asked = new Asked('dying', driver(dies));
  const { pid } = await asked.ask<{ pid: number }>({ do: 'child' });
  while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
  await asked.close();
});

test('a driver that dies tells its last words, and one that refuses its reason', async () => {
  const dies = new Asked('dying', driver('console.error("no such module"); process.exit(3)'));
  await assert.rejects(dies.ask({ do: 'any' }), /dying ended: no such module/);
  await dies.close();
  const refuses = new Asked(
    'refusing',
    driver(`process.stdin.once('data', () => console.log('{"error":"no redis"}'))`),
  );
  await assert.rejects(refuses.ask({ do: 'any' }), /refusing: no redis/);
  await refuses.close();
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
