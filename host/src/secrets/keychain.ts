import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { messageOf } from '../errors.ts';

/**
 * The keychain of the operating system, which keeps one key per workspace and gives it to whoever has the
 * user's session. Asked through the system's own program; keys go through its stdin, never its arguments.
 */
export interface Keychain {
  /** As recorded in the file of the secrets. */
  readonly name: string;
  /** What people call it. */
  readonly title: string;
  /** Null where it has none. Throws `KeychainError`. */
  read(account: string): Promise<string | null>;
  write(account: string, key: string): Promise<void>;
  remove(account: string): Promise<void>;
}

/** Why a keychain cannot be used, in its own words where it has any. */
export class KeychainError extends Error {
  override readonly name = 'KeychainError';
}

type Environment = { readonly [name: string]: string | undefined };

/** The keychain of this machine, if its program is here; whether it answers is seen when it is asked. */
export async function findKeychain(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): Promise<Keychain | null> {
  if (platform === 'darwin') {
    const program = await onPath('security', env);
    return program === null ? null : macKeychain(program, env);
  }
  if (platform === 'win32') return null;
  const program = await onPath('secret-tool', env);
  return program === null ? null : secretService(program, env);
}

const service = 'capstan';

/** Linux and the BSDs: whatever offers the Secret Service, such as GNOME's keyring or KDE's wallet. */
function secretService(program: string, env: Environment): Keychain {
  const where = (account: string) => ['service', service, 'account', account];
  return {
    name: 'secret-service',
    title: "the desktop's keyring (Secret Service)",
    read: async (account) => {
      const end = await ask(program, ['lookup', ...where(account)], env);
      if (end.code === 0 && end.stdout !== '') return end.stdout.trim();
      // It says nothing when there is nothing, and why when it cannot look.
      if (end.stderr.trim() === '') return null;
      throw failure(end);
    },
    write: async (account, key) => {
      const label = ['--label', 'Capstan: key to the secrets of a workspace'];
      const end = await ask(program, ['store', ...label, ...where(account)], env, key);
      if (end.code !== 0) throw failure(end);
    },
    remove: async (account) => {
      const end = await ask(program, ['clear', ...where(account)], env);
      if (end.code !== 0 && end.stderr.trim() !== '') throw failure(end);
    },
  };
}

/** `security` ends with 44 when there is no such item. */
const notFound = 44;

function macKeychain(program: string, env: Environment): Keychain {
  const where = (account: string) => ['-s', service, '-a', account];
  return {
    name: 'macos',
    title: 'the keychain of macOS',
    read: async (account) => {
      const end = await ask(program, ['find-generic-password', ...where(account), '-w'], env);
      if (end.code === 0) return end.stdout.trim();
      if (end.code === notFound) return null;
      throw failure(end);
    },
    // Given as an argument, the key would be in the list of processes; `-i` reads commands from stdin.
    write: async (account, key) => {
      const command = ['add-generic-password', '-U', ...where(account), '-w', key].join(' ');
      const end = await ask(program, ['-i'], env, `${command}\n`);
      if (end.code !== 0) throw failure(end);
    },
    remove: async (account) => {
      const end = await ask(program, ['delete-generic-password', ...where(account)], env);
      if (end.code !== 0 && end.code !== notFound) throw failure(end);
    },
  };
}

async function onPath(program: string, env: Environment): Promise<string | null> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const file = join(folder, program);
    // oxlint-disable-next-line no-await-in-loop -- the first one counts
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return null;
}

interface End {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** It may ask its user to unlock it, in a window of its own. */
const patienceMs = 60_000;

async function ask(program: string, args: string[], env: Environment, input = ''): Promise<End> {
  const { promise, resolve, reject } = Promise.withResolvers<End>();
  const child = spawn(program, args, { env: { ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  const heard = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      if (heard[stream].length < 65_536) heard[stream] += text;
    });
  }
  child.stdin.on('error', () => {}); // it may end without reading
  child.stdin.end(input);
  child.once('error', (error) => reject(new KeychainError(messageOf(error))));
  child.once('close', (code) => resolve({ code, ...heard }));
  return promise.finally(() => clearTimeout(timer));
}

function failure({ code, stderr }: End): KeychainError {
  const [words = ''] = stderr.trim().split('\n');
  if (code === null) return new KeychainError(`it did not answer within ${patienceMs / 1000} s`);
  return new KeychainError(words === '' ? `it ended with ${code}` : words);
}
