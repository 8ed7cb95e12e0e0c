import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { hashAside } from './content-aside.ts';

/** Larger files are hashed in a thread of their own, for a gigabyte takes the processor a second or more. */
const asideBytes = 16 * 1024 * 1024;
/** So many files are remembered. */
const remembered = 10_000;
/**
 * A file that was written a moment ago may be written again within the same tick of the clock of its disk, and
 * look as before. Disks that count nanoseconds tick a hundred times a second, others every second or two.
 */
const tickMs = { fine: 20, coarse: 2_000 };

interface Known {
  sha256: string;
  /** The time of its last change of any kind: no program can set that one back. */
  ctimeNs: bigint;
  nlink: bigint;
}

/** What is known of files, by what a change of their content changes. */
const known = new Map<string, Known>();

/** Files that are open and whose hash is known for sure. */
const sure = new WeakSet<FileHandle>();

/**
 * The SHA-256 of an open file, in hex. Its content never passes through the heap, and is read once: a file
 * whose device, number, size and times are what they were has the hash that it had.
 */
export async function contentHashOf(handle: FileHandle): Promise<string> {
  const before = await handle.stat({ bigint: true });
  const found = knownHash(before);
  if (found !== null) {
    sure.add(handle);
    return found;
  }
  const isLarge = before.size > asideBytes;
  const unsettledMs = untilSettledMs(before);
  // To wait a tick costs less than to read a large file again.
  if (isLarge && unsettledMs > 0 && unsettledMs < 2 * tickMs.fine) await delay(unsettledMs + 2);
  const isSettled = untilSettledMs(before) <= 0;
  const sha256 = isLarge ? await hashAside(handle.fd) : await hashHere(handle);
  const after = await handle.stat({ bigint: true });
  const isSame = identityOf(after) === identityOf(before) && after.ctimeNs === before.ctimeNs;
  if (isSettled && isSame) {
    remember(after, sha256);
    sure.add(handle);
  }
  return sha256;
}

/** Carries what is known of an open file over a change of its name or mode, which was ours. */
export async function sameContent(handle: FileHandle, sha256: string): Promise<void> {
  if (sure.has(handle)) remember(await handle.stat({ bigint: true }), sha256);
}

function untilSettledMs({ mtimeNs, ctimeNs }: BigIntStats): number {
  const changedMs = Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n);
  const isFine = mtimeNs % 1_000_000n !== 0n || ctimeNs % 1_000_000n !== 0n;
  return changedMs + (isFine ? tickMs.fine : tickMs.coarse) - Date.now() + 1;
}

/** A link that was made to a file, or removed, is a change of it as well, but not of its content. */
function knownHash(status: BigIntStats): string | null {
  const found = known.get(identityOf(status));
  if (found === undefined) return null;
  if (found.ctimeNs === status.ctimeNs) return found.sha256;
  if (found.nlink === status.nlink) return null;
  remember(status, found.sha256);
  return found.sha256;
}

function remember(status: BigIntStats, sha256: string): void {
  const [oldest] = known.size >= remembered ? known.keys() : [];
  if (oldest !== undefined) known.delete(oldest);
  known.set(identityOf(status), { sha256, ctimeNs: status.ctimeNs, nlink: status.nlink });
}

const identityOf = ({ dev, ino, size, mtimeNs }: BigIntStats): string =>
  `${dev}:${ino}:${size}:${mtimeNs}`;

async function hashHere(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  // A piece takes about a millisecond to hash, and the event loop turns between two of them.
  const piece = { highWaterMark: 256 * 1024 };
  await pipeline(handle.createReadStream({ autoClose: false, start: 0, ...piece }), hash);
  return hash.digest('hex');
}
