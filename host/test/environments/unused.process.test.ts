import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { test } from 'node:test';
import { recordUser, removeUnused, unusedEnvironments } from '../../src/environments/index.ts';
import { temporaryFolder, writeFiles } from './workbench.ts';

const key = (digit: string) => `uv-${digit.repeat(32)}`;
const code = (digit: string) => digit.repeat(64);

/** Three environments: one that a manifest uses with one of its two copies of code, one unused, one half-built. */
async function three(folder: string): Promise<string> {
  const environments = join(folder, 'environments');
  const record = (name: string) => JSON.stringify({ kind: 'uv', key: name, lock: ['six==1.16.0'] });
  await writeFiles(environments, {
    [`${key('a')}/environment.json`]: record(key('a')),
    [`${key('a')}/code/${code('1')}/tool.py`]: 'used',
    [`${key('a')}/code/${code('2')}/tool.py`]: 'old',
    [`${key('b')}/environment.json`]: record(key('b')),
    [`${key('b')}/bin/sleep`]: '#!/bin/sh\necho ready\nread line\n',
    [`${key('c')}/bin/python`]: 'half',
    'not-an-environment/file': 'x',
  });
  await writeFiles(folder, { 'm.json': `{"path": "${key('a')}", "module": "code/${code('1')}"}` });
  await recordUser(join(environments, key('a')), join(folder, 'm.json'));
  return environments;
}

test('what no manifest uses is found: environments, half-built ones, and copies of code in the others', async (t) => {
  const environments = await three(temporaryFolder(t));
  const found = await unusedEnvironments(environments);
  assert.deepEqual(
    found.map(({ kind, path, holds }) => [kind, path.slice(environments.length + 1), holds]),
    [
      ['code', `${key('a')}/code/${code('2')}`, ['tool.py']],
      ['environment', key('b'), ['six==1.16.0']],
      ['environment', key('c'), ['half-built']],
    ],
  );
  for (const one of found) assert.deepEqual(await removeUnused(one), { kind: 'removed' });
  assert.deepEqual(await unusedEnvironments(environments), []);
  assert.ok(existsSync(join(environments, key('a'), 'code', code('1'), 'tool.py')));
  assert.ok(existsSync(join(environments, 'not-an-environment')));
});

test('an environment from which a process runs stays until that ends', async (t) => {
  const environments = await three(temporaryFolder(t));
  const child = spawn(join(environments, key('b'), 'bin/sleep'), {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  t.after(() => child.kill());
  await once(child.stdout, 'data');
  const found = await unusedEnvironments(environments);
  const busy = found.find(({ path }) => path.endsWith(key('b')));
  assert.deepEqual(busy?.pids, [child.pid]);
  assert.deepEqual(await removeUnused(busy), { kind: 'running', pids: [child.pid] });
  child.stdin.end();
  await once(child, 'exit');
  assert.deepEqual(await removeUnused(busy), { kind: 'removed' });
});

test('what somebody began to use after it was found stays', async (t) => {
  const folder = temporaryFolder(t);
  const environments = await three(folder);
  const found = await unusedEnvironments(environments);
  const manifest = join(folder, 'm.json');
  await writeFiles(folder, { 'm.json': `${key('a')} ${key('b')} ${code('1')} ${code('2')}` });
  await recordUser(join(environments, key('b')), manifest);
  const used = { kind: 'used', users: [manifest] };
  assert.deepEqual(await Promise.all(found.slice(0, 2).map(removeUnused)), [used, used]);
});
