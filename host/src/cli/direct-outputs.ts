import type { Output } from './io.ts';

const { fstatSync, statSync, writeSync } = process.getBuiltinModule('node:fs');

/**
 * Standard output and standard error of a command that says a few lines and ends, where they are files or pipes: written
 * at once, without the streams that Node would make of them, which take longer than what is said. Null where one of them
 * may be a terminal.
 */
export function directOutputs(): { stdout: Output; stderr: Output } | null {
  return mayBeTerminal(1) || mayBeTerminal(2)
    ? null
    : { stdout: directOutput(1), stderr: directOutput(2) };
}

function mayBeTerminal(fd: number): boolean {
  try {
    const found = fstatSync(fd);
    return found.isCharacterDevice() && found.rdev !== statSync('/dev/null').rdev;
  } catch {
    return true;
  }
}

function directOutput(fd: number): Output {
  let nobody: AbortController | null = null;
  const closed = (): AbortController => (nobody ??= new AbortController());
  return {
    write: (text) => {
      if (nobody?.signal.aborted === true) return;
      if (!writeAll(fd, Buffer.from(text))) closed().abort();
    },
    ready: () => Promise.resolve(),
    isTTY: false,
    columns: 80,
    rows: 24,
    get closed() {
      return closed().signal;
    },
  };
}

/** False where nobody reads any more. */
function writeAll(fd: number, bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      // A pipe that is full, and whose other end does not want to be waited for.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return false;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
  return true;
}
