import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openShop, type Shop } from './shell.ts';

const bin = fileURLToPath(new URL('../../bin/capstan.cjs', import.meta.url));
const old = fileURLToPath(new URL('../fixtures/cli/pretends-to-be-old.cjs', import.meta.url));

async function shopWithTools(t: TestContext): Promise<Shop> {
  const shop = await openShop();
  t.after(() => shop.remove());
  assert.equal((await shop.run('install', '--json')).code, 0);
  return shop;
}

/** `capstan` on a Node that is too old for it, so that a newer one does the work in a process below. */
function startOnOldNode(shop: Shop, ...argv: string[]): ChildProcess {
  return spawn(process.execPath, ['--require', old, bin, ...argv], {
    cwd: shop.root,
    env: shop.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Resolves once the child has said this on stderr. */
async function says(child: ChildProcess, text: string): Promise<void> {
  let said = '';
  for await (const chunk of child.stderr
    ?.setEncoding('utf8')
    .iterator({ destroyOnReturn: false }) ?? []) {
    said += String(chunk);
    if (said.includes(text)) return;
  }
  assert.fail(`ended without saying ${text}: ${said}`);
}

test('on an older Node a newer one does the work, with its exit code and its output', async (t) => {
  const shop = await shopWithTools(t);
  const child = startOnOldNode(shop, 'run', 'nothing.here', '--json');
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = await once(child, 'close');
  assert.equal(code, 3);
  assert.equal(JSON.parse(Buffer.concat(chunks).toString()).error.code, 'CAPABILITY_NOT_FOUND');
});

test('whoever kills capstan on an older Node kills the newer one too, and the workspace is free', async (t) => {
  const shop = await shopWithTools(t);
  const child = startOnOldNode(shop, 'run', 'unfinished.yaml', '--watch');
  await says(child, 'long: 50% waiting');
  child.kill('SIGKILL');
  // Its output is closed when the last process that could write to it is gone.
  await once(child, 'close');
  assert.equal(
    (await shop.run('run', 'tools.greet', '-i', 'who=x', '--fresh', '--timeout', '1ms')).code,
    124,
  );
});

test('a signal that comes before capstan listens ends it as a signal does, not as a success', async (t) => {
  const shop = await openShop();
  t.after(() => shop.remove());
  const child = startOnOldNode(shop, 'list', '--json');
  const ended = once(child, 'exit');
  // Below it the newer Node is starting, and not listening yet.
  while (!(await childrenOf(child.pid ?? 0))) if (child.exitCode !== null) assert.fail('it ended');
  child.kill('SIGTERM');
  const [code, signal] = await ended;
  assert.ok(signal === 'SIGTERM' || code === 143, `${code} ${signal}`);
});

async function childrenOf(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
}

test('a host that stays up has small heaps and few arenas, under the process id it was started with', async (t) => {
  const shop = await openShop();
  t.after(() => shop.remove());
  const child = spawn(process.execPath, [bin, 'up'], {
    cwd: shop.root,
    env: shop.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  await says(child, `Up as process ${child.pid} `);
  const argv = (await readFile(`/proc/${child.pid}/cmdline`, 'utf8')).split('\0');
  assert.ok(argv.includes('--max-semi-space-size=2'), argv.join(' '));
  const variables = await readFile(`/proc/${child.pid}/environ`, 'utf8');
  assert.ok(variables.split('\0').includes('MALLOC_ARENA_MAX=2'), variables);
  child.stdout?.resume();
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
});
