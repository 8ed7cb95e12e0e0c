import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { HostError, messageOf } from '../../errors.ts';
import { failPoint } from '../../fail-points.ts';
import { sha256 } from './hash.ts';

/**
 * Values too large for the database, each in a file named by the SHA-256 of its JSON. The file is complete
 * and synced before the journal row that names it can be committed, so a row never names a file that is not
 * there. The other way round does no harm: a file whose transaction was rolled back is garbage, and the
 * same value finds it again.
 */
export function writePayloadFile(dir: string, hash: string, body: string): void {
  const path = payloadPath(dir, hash);
  const making = join(dir, 'new');
  const bytes = Buffer.from(body);
  try {
    makeFolder(dir);
    makeFolder(dirname(path));
    if (sizeOf(path) !== bytes.length) {
      // There is one writer, so one name will do; what a kill left under it is written over.
      writeSynced(making, bytes);
      failPoint('payload.before-rename');
      renameSync(making, path);
      failPoint('payload.after-rename');
    }
    // Also for a file that was there: whoever made it may have been killed before its name was on disk.
    syncFolder(dirname(path));
  } catch (error) {
    // Half a file would keep from a full disk the room that others could do with.
    removeQuietly(making);
    throw new PayloadNotWritten(path, error);
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It is written over by the next one.
  }
}

/** Throws STORE_CORRUPT for a file that is gone or is not what was written: this value is lost, others are not. */
export function readPayloadFile(dir: string, hash: string): string {
  const path = payloadPath(dir, hash);
  let body: Buffer;
  try {
    body = readFileSync(path);
  } catch (error) {
    throw lost(path, `it cannot be read (${messageOf(error)})`);
  }
  if (sha256(body) !== hash) throw lost(path, 'it is not what was written');
  return body.toString();
}

/** 0 for one that is not there. */
export const payloadBytes = (dir: string, hash: string): number =>
  Math.max(0, sizeOf(payloadPath(dir, hash)));

export const payloadPath = (dir: string, hash: string): string => join(dir, hash.slice(0, 2), hash);

/** An error of the disk, never of the value; the transaction must not go on. */
export class PayloadNotWritten extends Error {
  override readonly name = 'PayloadNotWritten';

  constructor(path: string, cause: unknown) {
    super(`${path} could not be written: ${messageOf(cause)}`, { cause });
  }
}

function lost(path: string, cause: string): HostError {
  return new HostError('STORE_CORRUPT', `a value kept in ${path} is lost: ${cause}`, {
    hint: 'Put that file back from a copy. Everything else in this workspace is as it was.',
    details: { path, cause },
  });
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? -1;
}

function writeSynced(path: string, bytes: Buffer): void {
  const file = openSync(path, 'w', 0o600);
  try {
    writeFileSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function makeFolder(path: string): void {
  if (mkdirSync(path, { recursive: true, mode: 0o700 }) !== undefined) syncFolder(dirname(path));
}

export function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
