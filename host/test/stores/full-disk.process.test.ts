import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { Reader } from '../../src/stores/index.ts';
import { temporaryWorkspace } from './workspace.ts';

const program = join(import.meta.dirname, '../fixtures/stores/submits-until-told.ts');

async function startSubmitter(t: TestContext, root: string) {
  const child = spawn(process.execPath, [program, root], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const hear = async (): Promise<string> => (await lines.next()).value ?? 'end';
  const hearUntil = async (start: string): Promise<string[]> => {
    const heard: string[] = [];
    do heard.push(await hear());
    while (!(heard.at(-1) ?? '').startsWith(start) && heard.at(-1) !== 'end');
    return heard;
  };
  const tell = (line: string): boolean => child.stdin.write(`${line}\n`);
  /** No file of this process may grow beyond so many bytes: to it, that is a full disk. */
  const limitFiles = (bytes: number | 'unlimited'): void => {
    const set = spawnSync('prlimit', ['--pid', `${child.pid}`, `--fsize=${bytes}:unlimited`]);
    assert.equal(set.status, 0, set.stderr.toString());
  };
  return { child, hear, hearUntil, tell, limitFiles };
}

const prlimit = spawnSync('prlimit', ['--version']).status === 0;
const skip = prlimit ? false : 'needs prlimit, of util-linux';

test('on a full disk nothing false is acknowledged, running work keeps its result, and it clears by itself', {
  skip,
}, async (t) => {
  const paths = temporaryWorkspace(t);
  const { child, hear, hearUntil, tell, limitFiles } = await startSubmitter(t, paths.root);
  assert.equal(await hear(), 'ready');
  tell('submit');
  const acknowledged = [await hear()];
  limitFiles(1_000_000);
  for (let n = 0; n < 8; n++) tell('submit');
  const heard = await hearUntil('wedged');
  tell('submit');
  heard.push(...(await hearUntil('refused STORE_WEDGED')));
  assert.match(heard.at(-1) ?? '', /nothing new is accepted: .*state\.db could not be written/);
  acknowledged.push(...heard.filter((line) => line.startsWith('ack ')));
  tell('finish');
  limitFiles('unlimited');
  // Refusals of what was submitted together with the first one may be told this late.
  const told = (await hearUntil('clear')).filter((line) => !line.startsWith('refused '));
  assert.deepEqual(told, ['finished completed', 'clear'], 'reports first, then new work');
  tell('submit');
  acknowledged.push(await hear());
  child.stdin.end();
  await once(child, 'exit');

  const reader = Reader.openState(paths.stateDb);
  t.after(() => reader.close());
  const ids = acknowledged.map((line) => line.replace('ack ', ''));
  assert.deepEqual(
    ids.filter((id) => reader.job(id) === null),
    [],
  );
  assert.equal(
    reader.jobs({ limit: 1_000 }).length,
    ids.length + 1,
    'and nothing that was refused',
  );
  assert.equal(reader.jobs({ state: 'completed' })[0]?.result, 'kept');
  assert.deepEqual((await reader.verifyJournal()).problems, []);
});
