import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { HostError, messageOf } from '../../../errors.ts';
import type { Context } from '../../context.ts';

/** The text of a file, or of stdin for `-`. Throws FILE_NOT_FOUND. */
export async function fileText({ io }: Context, file: string): Promise<string> {
  if (file === '-') return io.stdin.text();
  try {
    return await readFile(resolve(io.cwd, file), 'utf8');
  } catch (cause) {
    throw new HostError('FILE_NOT_FOUND', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
