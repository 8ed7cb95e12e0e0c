import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withBuildLock } from './build-lock.ts';
import { failureOf } from './failure.ts';
import type { Interpreter } from './interpreters.ts';
import { isExecutable, type Machine } from './machine.ts';
import { runTool } from './run-tool.ts';
import { buildVariables } from './variables.ts';

/** The uv we install when there is none: one version, so that two machines behave alike. */
export const uvVersion = '0.13.8';
const uvDownload = '17 MB';

/** Something only the user may decide, asked before anything is installed for it. */
export interface ConsentQuestion {
  id: 'install-uv';
  message: string;
  /** The command that will run on yes. */
  command: string[];
  /** Where its result will lie. */
  folder: string;
  download: string;
  /** What happens on no. */
  otherwise: string;
}

/** How an environment gets its uv: it is here, it can be fetched if the user agrees, or it cannot be had. */
export type UvChoice =
  | { kind: 'found'; path: string; version: string }
  | { kind: 'ask'; path: string; version: string; question: ConsentQuestion; python: Interpreter }
  | { kind: 'none'; why: string };

export async function chooseUv(machine: Machine, range: string): Promise<UvChoice> {
  const own = join(machine.paths.toolsDir, `uv-${uvVersion}`, 'bin', 'uv');
  for (const path of [await machine.which('uv'), own]) {
    // oxlint-disable-next-line no-await-in-loop -- the user's own uv goes first
    const version = path === null ? null : await machine.versionOf(path);
    if (path !== null && version !== null) return { kind: 'found', path, version };
  }
  const python = await machine.interpreters.find(range, ({ pip }) => pip !== null);
  if (python === null) {
    return {
      kind: 'none',
      why: 'uv is not installed, and no matching Python has a pip to fetch it',
    };
  }
  const folder = join(machine.paths.toolsDir, `uv-${uvVersion}`);
  return {
    kind: 'ask',
    path: own,
    version: uvVersion,
    python,
    question: {
      id: 'install-uv',
      message: `uv is not installed. Put a private copy of uv ${uvVersion} (${uvDownload}) into ${folder}?`,
      command: installCommand(python, folder),
      folder,
      download: uvDownload,
      otherwise: 'pip builds the environment instead, more slowly.',
    },
  };
}

/** Puts uv into the private tools folder: a temporary folder, then one rename. */
export async function installUv(
  machine: Machine,
  python: Interpreter,
  options: { onLine?: (line: string) => void; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const { toolsDir } = machine.paths;
  const folder = join(toolsDir, `uv-${uvVersion}`);
  await withBuildLock(toolsDir, `uv-${uvVersion}`, { signal: options.signal }, async () => {
    if (await isExecutable(join(folder, 'bin', 'uv'))) return;
    const temp = join(toolsDir, `.building-uv-${randomBytes(4).toString('hex')}`);
    await mkdir(join(temp, '.tmp'), { recursive: true });
    try {
      const end = await runTool({
        command: installCommand(python, temp),
        cwd: temp,
        env: buildVariables(machine.env, join(temp, '.tmp')),
        signal: options.signal,
        onLine: (line) => options.onLine?.(line),
      });
      if (end.kind !== 'exited' || end.code !== 0) {
        throw await failureOf(`uv ${uvVersion}`, 'pip', end, toolsDir);
      }
      await rm(join(temp, '.tmp'), { recursive: true, force: true });
      await recordTool(temp, installCommand(python, folder));
      await rm(folder, { recursive: true, force: true });
      await rename(temp, folder);
    } finally {
      await rm(temp, { recursive: true, force: true });
    }
  });
}

function installCommand(python: Interpreter, target: string): string[] {
  const pip = [python.path, '-I', '-m', 'pip', '--disable-pip-version-check', '--no-input'];
  const options = ['--only-binary', ':all:', '--no-deps', '--target', target];
  return [...pip, 'install', ...options, `uv==${uvVersion}`];
}

async function recordTool(folder: string, command: string[]): Promise<void> {
  const binary = await readFile(join(folder, 'bin', 'uv'));
  const sha256 = createHash('sha256').update(binary).digest('hex');
  const installedAt = new Date().toISOString();
  const record = { name: 'uv', version: uvVersion, sha256, installedAt, command };
  await writeFile(join(folder, 'tool.json'), `${JSON.stringify(record, null, 2)}\n`);
}
