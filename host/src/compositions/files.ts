import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileValue, type TaggedFile } from '@capstan/protocol';
import { contentHashOf } from '../content.ts';
import { mediaTypeOf } from './media-type.ts';

/** A file could not be taken as an input; the message says why in words. */
export class UnusableFile extends Error {
  override readonly name = 'UnusableFile';
}

/**
 * The file at a path as a value: absolute, with size and content hash. It is read once, as a stream, from
 * the handle that was checked, so what was hashed is what was looked at. Throws UnusableFile.
 */
export async function fileAt(path: string, folder: string): Promise<TaggedFile> {
  if (path === '') throw new UnusableFile('the path is empty');
  const absolute = resolve(folder, path);
  // Without O_NONBLOCK, opening a named pipe would wait for its other end.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  const handle = await open(absolute, flags).catch((error: unknown) => {
    throw new UnusableFile(whyNot(absolute, error));
  });
  try {
    const status = await handle.stat();
    if (status.isDirectory()) throw new UnusableFile(`${absolute} is a folder, not a file`);
    if (!status.isFile()) throw new UnusableFile(`${absolute} is not a regular file`);
    const sha256 = await contentHashOf(handle);
    const mediaType = mediaTypeOf(absolute);
    return fileValue({
      path: absolute,
      sha256,
      size: status.size,
      ...(mediaType === undefined ? {} : { mediaType }),
    });
  } finally {
    await handle.close();
  }
}

function whyNot(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return `there is no file at ${path}`;
  if (code === 'EACCES' || code === 'EPERM') return `${path} may not be read by this user`;
  return `${path} cannot be opened (${typeof code === 'string' ? code : String(error)})`;
}
