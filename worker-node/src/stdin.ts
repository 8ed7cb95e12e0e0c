import { readSync } from 'node:fs';
import { isatty } from 'node:tty';

const longestLine = 1024 * 1024;

/**
 * The start line, read before anything else happens. Null when nobody will send one: stdin is a terminal,
 * or it ended first. Reads synchronously, so that no stream takes hold of the descriptor.
 */
export function readStartLine(): string | null {
  if (isatty(0)) return null;
  const buffer = Buffer.allocUnsafe(64 * 1024);
  let line = '';
  while (line.length < longestLine) {
    const count = readSome(buffer);
    if (count === 0) return null;
    line += buffer.toString('utf8', 0, count);
    const end = line.indexOf('\n');
    if (end !== -1) return line.slice(0, end);
  }
  return line;
}

function readSome(buffer: Buffer): number {
  for (;;) {
    try {
      return readSync(0, buffer);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      // a parent that made the pipe non-blocking: wait a little instead of spinning
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
