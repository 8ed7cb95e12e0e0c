import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { filesIn, type Json } from '@capstan/protocol';
import { type Redactor, TextStream } from '../secrets/index.ts';

/**
 * Takes secrets out of results that were too large to travel, and so came as files of JSON in the call's own
 * folder. Other files are the tool's own affair. What cannot be read is left to whoever takes the files over,
 * and refuses them.
 */
export async function redactJsonFiles(
  value: Json,
  callDir: string,
  redactor: Redactor,
): Promise<void> {
  for (const { path, mediaType } of filesIn(value)) {
    if (mediaType !== 'application/json') continue;
    // oxlint-disable-next-line no-await-in-loop -- bound by the disk and one core
    if (await isBelow(path, callDir)) await redactFile(path, redactor);
  }
}

async function isBelow(path: string, callDir: string): Promise<boolean> {
  const [folder, own] = await Promise.all(
    [dirname(path), callDir].map((each) => realpath(each).catch(() => null)),
  );
  if (folder === null || own === null || folder === undefined || own === undefined) return false;
  const inside = relative(own, folder);
  return inside !== '..' && !inside.startsWith(`..${sep}`) && !inside.startsWith(sep);
}

async function redactFile(path: string, redactor: Redactor): Promise<void> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch(() => null);
  if (handle === null) return;
  try {
    if (!(await handle.stat()).isFile()) return;
    // Most hold none, and are not written again.
    if (await copied(handle, redactor, null)) await rewrite(handle, path, redactor);
  } finally {
    await handle.close();
  }
}

async function rewrite(handle: FileHandle, path: string, redactor: Redactor): Promise<void> {
  const copy = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  const out = await open(copy, 'wx', 0o600);
  try {
    await copied(handle, redactor, out);
    await out.close();
    await rename(copy, path);
  } catch (error) {
    await out.close().catch(() => {});
    await rm(copy, { force: true });
    throw error;
  }
}

/** Whether there was something to take out. */
async function copied(
  handle: FileHandle,
  redactor: Redactor,
  out: FileHandle | null,
): Promise<boolean> {
  const stream = new TextStream(redactor);
  // A piece takes about a millisecond, and the event loop turns between two of them.
  const buffer = Buffer.allocUnsafe(128 * 1024);
  const decoder = new StringDecoder('utf8');
  for (let at = 0; ; ) {
    // oxlint-disable-next-line no-await-in-loop -- in order
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) break;
    at += bytesRead;
    const text = stream.push(decoder.write(buffer.subarray(0, bytesRead)));
    if (out === null && stream.hasTaken) return true;
    // oxlint-disable-next-line no-await-in-loop
    if (text !== '') await out?.writeFile(text);
  }
  const rest = stream.push(decoder.end()) + stream.end();
  await out?.writeFile(rest);
  return stream.hasTaken;
}
