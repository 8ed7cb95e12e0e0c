import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { tryBuildLock } from './build-lock.ts';
import { runTool } from './run-tool.ts';
import { forgetUsers, usersOf } from './users.ts';
import { childEnvironment } from './variables.ts';

/** Why an environment was left alone, or that it is gone. */
export type Removal =
  | { kind: 'removed' }
  | { kind: 'used'; users: string[] }
  | { kind: 'running'; pids: number[] }
  | { kind: 'being built' };

/**
 * Removes an environment that nobody uses: no file that refers to it, no process that runs from it, no builder
 * at work on it. It loses its name first, by one rename, so that nobody meets half of it.
 */
export async function removeEnvironment(folder: string): Promise<Removal> {
  const environmentsDir = dirname(folder);
  const key = basename(folder);
  await mkdir(join(environmentsDir, '.locks'), { recursive: true });
  const lock = tryBuildLock(environmentsDir, key);
  if (lock === null) return { kind: 'being built' };
  try {
    const users = await usersOf(folder);
    if (users.length > 0) return { kind: 'used', users };
    const pids = await processesIn(folder);
    if (pids.length > 0) return { kind: 'running', pids };
    const going = join(environmentsDir, `.building-${key}-${randomBytes(4).toString('hex')}.old`);
    await rename(folder, going);
    await rm(going, { recursive: true, force: true });
    await forgetUsers(folder);
    return { kind: 'removed' };
  } finally {
    lock.release();
  }
}

/** Processes whose command line names a file of the environment: its workers, above all. */
export async function processesIn(folder: string): Promise<number[]> {
  const lines = (await readProc()) ?? (await askPs());
  const inside = `${folder}/`;
  return lines.filter(({ command }) => command.includes(inside)).map(({ pid }) => pid);
}

interface Process {
  pid: number;
  command: string;
}

async function readProc(): Promise<Process[] | null> {
  const names = await readdir('/proc').catch(() => null);
  if (names === null) return null;
  return Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => ({
        pid: Number(name),
        command: await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => ''),
      })),
  );
}

async function askPs(): Promise<Process[]> {
  const command = ['/bin/ps', '-axww', '-o', 'pid=,command='];
  const end = await runTool({ command, cwd: tmpdir(), env: childEnvironment({}) });
  return end.stdout.split('\n').map((line) => {
    const [, pid = '', text = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return { pid: Number(pid), command: text };
  });
}
