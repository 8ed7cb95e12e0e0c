import { constants, type FileHandle, open } from 'node:fs/promises';
import { HostError } from '../errors.ts';
import { problemsError } from './yaml-text.ts';

/** People write these files; one that is larger was not written by a person. */
const mostBytes = 4 * 1024 * 1024;

/**
 * Reads a YAML file as text. Throws what `missing` makes of a file that is not there, and
 * `DECLARATION_INVALID` for anything but a readable text file: a folder, a pipe, bytes that are no UTF-8.
 */
export async function readYamlText(
  file: string,
  missing: (cause: unknown) => HostError,
): Promise<string> {
  // A pipe without a writer would make an ordinary open wait for ever.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const handle = await open(file, flags).catch((cause: unknown) => {
    throw isAbsent(cause) ? missing(cause) : unusable(file, 'it cannot be read', cause);
  });
  try {
    return await textOf(handle, file);
  } finally {
    await handle.close();
  }
}

async function textOf(handle: FileHandle, file: string): Promise<string> {
  const info = await handle.stat();
  if (info.isDirectory()) throw unusable(file, 'it is a folder, not a file');
  if (!info.isFile()) throw unusable(file, 'it is not an ordinary file');
  if (info.size > mostBytes) throw unusable(file, 'it is larger than 4 MB');
  const bytes = await handle.readFile();
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Bytes that are no UTF-8 are refused like those that no text holds.
  }
  throw unusable(file, 'it is not a text file (UTF-8)');
}

const isAbsent = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ENOENT' || error.code === 'ENOTDIR');

function unusable(file: string, why: string, cause?: unknown): HostError {
  const error = problemsError('DECLARATION_INVALID', file, [{ message: why, line: 1, column: 1 }]);
  if (cause !== undefined) error.cause = cause;
  return error;
}
