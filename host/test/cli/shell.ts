import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'node:test';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../bin/capstan.cjs', import.meta.url));
const fixtures = fileURLToPath(new URL('../fixtures/cli', import.meta.url));

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  pid: number;
  ended: Promise<Ended>;
  /** Resolves when stderr and stdout together have said this. */
  says: (text: string | RegExp) => Promise<void>;
  kill: (signal: NodeJS.Signals) => void;
}

/** A folder of its own with the fixture's workspace, and machine-wide folders that belong to it alone. */
export interface Shop {
  root: string;
  env: NodeJS.ProcessEnv;
  start: (...argv: string[]) => Running;
  run: (...argv: string[]) => Promise<Ended>;
  remove: () => Promise<void>;
}

/** Starts commands that no test leaves behind: one that fails half-way must not be the host of the next one. */
export function startsIn(shop: () => Shop): Shop['start'] {
  const started: Running[] = [];
  afterEach(async () => {
    for (const one of started.splice(0)) {
      one.kill('SIGKILL');
      // oxlint-disable-next-line no-await-in-loop -- there are two or three
      await one.ended;
    }
  });
  return (...argv) => {
    const one = shop().start(...argv);
    started.push(one);
    return one;
  };
}

export async function openShop(workspace = 'tools'): Promise<Shop> {
  const home = await mkdtemp(join(tmpdir(), 'shop-'));
  const root = join(home, 'workspace');
  await cp(join(fixtures, workspace), root, { recursive: true });
  const runtime = join(home, 'run');
  await mkdir(runtime, { mode: 0o700 });
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    XDG_DATA_HOME: join(home, 'data'),
    XDG_RUNTIME_DIR: runtime,
  };
  const start = (...argv: string[]): Running => startCapstan(argv, root, env);
  return {
    root,
    env,
    start,
    run: (...argv) => start(...argv).ended,
    remove: () => rm(home, { recursive: true, force: true }),
  };
}

export function startCapstan(argv: string[], cwd: string, env: NodeJS.ProcessEnv): Running {
  const child = spawn(process.execPath, [bin, ...argv], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  const heard = (): void => listeners.forEach((listener) => listener());
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    heard();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    heard();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const says = async (wanted: string | RegExp): Promise<void> => {
    const isSaid = (): boolean => {
      const all = stdout + stderr;
      return typeof wanted === 'string' ? all.includes(wanted) : wanted.test(all);
    };
    const { promise: said, resolve } = Promise.withResolvers<'said'>();
    const look = (): void => {
      if (isSaid()) resolve('said');
    };
    listeners.add(look);
    look();
    const first = await Promise.race([said, ended]);
    if (first !== 'said' && !isSaid()) {
      throw new Error(`ended without saying ${String(wanted)}:\n${stdout}${stderr}`);
    }
    listeners.delete(look);
  };
  return { pid: child.pid ?? 0, ended, says, kill: (signal) => void child.kill(signal) };
}
