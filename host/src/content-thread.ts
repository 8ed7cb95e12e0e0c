import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { Answer, Order } from './content-aside.ts';

/** The thread behind `hashAside`: one piece of a file in memory at a time, whatever its size. */
const piece = Buffer.allocUnsafeSlow(1024 * 1024);

parentPort?.on('message', ({ id, fd }: Order) => parentPort?.postMessage(answer(id, fd)));

function answer(id: number, fd: number): Answer {
  try {
    return { id, sha256: hashOf(fd) };
  } catch (error) {
    return { id, error: String(error) };
  }
}

function hashOf(fd: number): string {
  const hash = createHash('sha256');
  let position = 0;
  for (;;) {
    const read = readSync(fd, piece, 0, piece.length, position);
    if (read === 0) return hash.digest('hex');
    hash.update(piece.subarray(0, read));
    position += read;
  }
}
