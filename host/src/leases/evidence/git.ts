import { execFile } from 'node:child_process';
import { defaults } from '../../defaults.ts';

/** What git said, or why nothing is known. */
export type GitAnswer = { kind: 'said'; text: string } | { kind: 'unknown'; why: string };

export type Environment = { readonly [name: string]: string | undefined };

/**
 * Asks git about a folder: no shell, nothing of the repository's own programs, no question to anybody, and an end after
 * ten seconds. A repository that cannot be asked is no error here; what it would have shown is not known.
 */
export function git(folder: string, args: readonly string[], env: Environment): Promise<GitAnswer> {
  const { promise, resolve } = Promise.withResolvers<GitAnswer>();
  const options = {
    cwd: folder,
    env: environment(env),
    timeout: defaults.gitTimeoutMs,
    maxBuffer: mostBytes,
    encoding: 'utf8',
  } as const;
  execFile('git', [...quiet, ...args], options, (error, stdout, stderr) => {
    resolve(
      error === null
        ? { kind: 'said', text: stdout }
        : { kind: 'unknown', why: whyNot(error, stderr) },
    );
  });
  return promise;
}

const mostBytes = 64 * 1024 * 1024;

/** `core.fsmonitor` names a program of the repository's own. */
const quiet = ['-c', 'core.fsmonitor=false', '-c', 'core.quotePath=false', '--no-pager'];

/** A hook of git has variables that point at one repository, whatever folder is asked about. */
function environment(env: Environment): NodeJS.ProcessEnv {
  const own = Object.entries(env).filter(
    ([name]) =>
      !/^GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX|OBJECT_DIRECTORY|COMMON_DIR|NAMESPACE)$/.test(name),
  );
  return {
    ...Object.fromEntries(own),
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };
}

function whyNot(error: Error & { code?: unknown; killed?: boolean }, stderr: string): string {
  if (error.code === 'ENOENT') return 'git is not installed';
  if (error.killed === true) return `git took longer than ${defaults.gitTimeoutMs / 1000} s`;
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return 'git had too much to say';
  const [line = ''] = stderr.trim().split('\n');
  return line.replace(/^(fatal|error): /, '') || `git ended with ${String(error.code)}`;
}
