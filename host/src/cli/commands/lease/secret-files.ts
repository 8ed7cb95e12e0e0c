import {
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { resolve } from 'node:path';
import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';

/**
 * The secret of a lease from a file, or from stdin for `-`; never from an argument, where every program of the machine
 * could read it. What `acquire --json` printed is understood too.
 */
export async function readSecret(context: Context, file: string): Promise<string> {
  const text = file === '-' ? await context.io.stdin.text() : textOf(resolve(context.io.cwd, file));
  const secret = secretIn(text);
  if (secret !== null) return secret;
  const where = file === '-' ? 'There is no secret on stdin' : `There is no secret in ${file}`;
  throw new HostError('USAGE', `${where}.`, {
    hint: 'It is what `capstan lease acquire` printed once; `--secret-out FILE` writes it there.',
  });
}

function secretIn(text: string): string | null {
  const trimmed = text.trim();
  if (looksLikeSecret(trimmed)) return trimmed;
  try {
    const { secret } = JSON.parse(trimmed) as { secret?: unknown };
    return typeof secret === 'string' && looksLikeSecret(secret) ? secret : null;
  } catch {
    // Some other text. It is compared, and found wrong, unless it cannot be one at all.
    return trimmed !== '' && trimmed.length <= 200 && !/\s/.test(trimmed) ? trimmed : null;
  }
}

const looksLikeSecret = (text: string): boolean => /^[A-Za-z0-9_-]{20,128}$/.test(text);

/** Larger is something else. */
const mostBytes = 64 * 1024;

function textOf(path: string): string {
  try {
    const info = lstatSync(path);
    if (info.isDirectory()) throw new Error('it is a folder');
    if (info.size > mostBytes) throw new Error('it is too large for a secret');
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new HostError('FILE_NOT_FOUND', `The secret cannot be read from ${path}.`, {
      cause,
      hint: 'Name the file that `capstan lease acquire --secret-out` wrote, or `-` for stdin.',
    });
  }
}

/**
 * A place for a secret that is not told yet: made before anything is asked for, so that no lease is granted whose secret
 * then finds no place. Throws USAGE where something else lies there.
 */
export class SecretFile {
  readonly path: string;
  readonly #temporary: string;
  readonly #handle: number;

  constructor(context: Context, file: string) {
    this.path = resolve(context.io.cwd, file);
    this.#temporary = `${this.path}.${process.pid}.part`;
    mustBeReplaceable(this.path);
    try {
      this.#handle = openSync(this.#temporary, 'wx', 0o600);
      fchmodSync(this.#handle, 0o600);
    } catch (cause) {
      throw new HostError('FOLDER_NOT_WRITABLE', `${this.path} cannot be written.`, { cause });
    }
  }

  write(secret: string): void {
    writeSync(this.#handle, `${secret}\n`);
    fsyncSync(this.#handle);
    closeSync(this.#handle);
    renameSync(this.#temporary, this.path);
  }

  abandon(): void {
    closeSync(this.#handle);
    rmSync(this.#temporary, { force: true });
  }
}

/** An older secret makes room; anything else was meant to stay. */
function mustBeReplaceable(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  const isSecret =
    found.isFile() && found.size < 256 && looksLikeSecret(readFileSync(path, 'utf8').trim());
  if (isSecret || (found.isFile() && found.size === 0)) return;
  throw new HostError('USAGE', `${path} is there already, and is no secret of a lease.`, {
    hint: 'Name another file for --secret-out.',
    details: { path },
  });
}
