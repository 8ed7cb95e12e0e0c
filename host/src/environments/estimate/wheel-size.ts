import { type Tail, tailOf } from './remote-file.ts';

/** Enough for the table of contents of most wheels. */
const usualTail = 64 * 1024;

export interface WheelSize {
  /** The file itself. */
  packed: number;
  /** Everything in it, unpacked, and its Python files compiled once more. */
  installed: number;
}

/**
 * How large a wheel is, packed and installed, from the table of contents at its end: a few kilobytes instead of
 * the whole. Null where the server does not give parts of files.
 */
export async function wheelSize(url: string, signal?: AbortSignal): Promise<WheelSize | null> {
  let tail = await tailOf(url, usualTail, signal);
  const missing = tail === null ? null : missingBytes(tail);
  if (tail === null || missing === null) return null;
  if (missing > 0) tail = await tailOf(url, usualTail + missing, signal);
  if (tail === null) return null;
  return { packed: tail.size, installed: installedSize(tail) };
}

const endOfDirectory = Buffer.from([0x50, 0x4b, 0x05, 0x06]);
const entry = 0x02014b50;

/** How many bytes of the table of contents lie before the tail; null when this is no zip file. */
function missingBytes({ size, bytes }: Tail): number | null {
  const at = bytes.lastIndexOf(endOfDirectory);
  if (at === -1 || at + 20 > bytes.length) return null;
  return Math.max(0, size - bytes.length - bytes.readUInt32LE(at + 16));
}

/** A Python file is compiled when it is installed, to about its own size. */
function installedSize({ size, bytes }: Tail): number {
  const end = bytes.lastIndexOf(endOfDirectory);
  let at = Math.max(0, bytes.readUInt32LE(end + 16) - (size - bytes.length));
  let total = 0;
  while (at + 46 <= end && bytes.readUInt32LE(at) === entry) {
    const unpacked = bytes.readUInt32LE(at + 24);
    const name = bytes.readUInt16LE(at + 28);
    const path = bytes.toString('utf8', at + 46, at + 46 + name);
    total += path.endsWith('.py') ? unpacked * 2 : unpacked;
    at += 46 + name + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return total;
}
