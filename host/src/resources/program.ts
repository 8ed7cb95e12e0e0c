import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** What a program that measures had to say. */
export type Answer =
  | { kind: 'answered'; code: number | null; stdout: string; stderr: string }
  | { kind: 'failed'; reason: string };

/** What such a program prints is a few lines for each device and process. */
const outputMost = 4 * 1024 * 1024;

/** Where a program lies on the `PATH` of `env`, or null. */
export async function onPath(name: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  // An entry that is not absolute would depend on where the host was started.
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  for (const folder of folders) {
    const path = join(folder, name);
    // oxlint-disable-next-line no-await-in-loop -- the first that fits is meant, not any
    if (await isProgram(path)) return path;
  }
  return null;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/**
 * Runs a program without a shell and gives up on it after `limitMs`. A driver that hangs holds its programs in a wait from
 * which not even SIGKILL frees them, so the end of the program is not waited for. `signal`: nobody wants the answer any more.
 */
export function answerOf(
  path: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  limitMs: number,
  signal?: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve({ kind: 'failed', reason: 'was not asked any more' });
      return;
    }
    // Numbers are to be written as everywhere, whatever the user's language.
    const child = spawn(path, args, {
      env: { ...env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '' };
    const done = (answer: Answer): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      resolve(answer);
    };
    const giveUp = (reason: string): void => {
      child.kill('SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
      done({ kind: 'failed', reason });
    };
    const timer = setTimeout(() => giveUp(`did not answer within ${limitMs / 1000} s`), limitMs);
    timer.unref();
    const onAbort = (): void => giveUp('was not waited for');
    signal?.addEventListener('abort', onAbort);
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (chunk: string) => {
        said[stream] += chunk;
        if (said[stream].length > outputMost) giveUp('printed far more than an answer');
      });
    }
    child.once('error', (error) => giveUp(`could not be started: ${error.message}`));
    child.once('close', (code) => done({ kind: 'answered', code, ...said }));
  });
}
