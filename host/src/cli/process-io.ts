import { afterMs } from '../clock.ts';
import type { Io, Output } from './io.ts';

interface Outputs {
  stdout: Output;
  stderr: Output;
}

/** Sockets come with it, so it is read when somebody asks. */
const isTerminal = (fd: number): boolean => process.getBuiltinModule('node:tty').isatty(fd);

/** The real terminal, environment, signals and timers. */
export function processIo(outputs: Outputs | null = null): Io {
  return {
    ...(outputs ?? { stdout: outputOf(process.stdout), stderr: outputOf(process.stderr) }),
    stdin: {
      get isTTY() {
        return isTerminal(0);
      },
      text: async () => {
        process.stdin.setEncoding('utf8');
        let text = '';
        for await (const chunk of process.stdin) text += String(chunk);
        return text;
      },
      keys: (handler) => {
        const { stdin } = process;
        const hear = (chunk: Buffer | string): void => {
          for (const key of String(chunk)) handler(key);
        };
        stdin.setRawMode(true);
        stdin.on('data', hear);
        stdin.resume();
        return () => {
          stdin.off('data', hear);
          stdin.setRawMode(false);
          stdin.pause();
        };
      },
      bytes: async () => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
        return Buffer.concat(chunks);
      },
    },
    env: process.env,
    cwd: process.cwd(),
    nowMs: () => Date.now(),
    onSignal: (signal, handler) => {
      process.on(signal, handler);
      return () => void process.off(signal, handler);
    },
    after: afterMs,
    every: (ms, callback) => {
      const timer = setInterval(callback, ms);
      return () => clearInterval(timer);
    },
  };
}

function outputOf(stream: NodeJS.WriteStream & { fd: number }): Output {
  const closed = new AbortController();
  // EPIPE: nobody reads any more. Not our failure; what was asked for goes on or ends quietly.
  stream.on('error', () => closed.abort());
  return {
    write: (text) => {
      if (!closed.signal.aborted) stream.write(text);
    },
    ready: () =>
      new Promise((resolve) => {
        if (closed.signal.aborted || !stream.writableNeedDrain) return resolve();
        const go = (): void => {
          stream.off('drain', go);
          closed.signal.removeEventListener('abort', go);
          resolve();
        };
        stream.on('drain', go);
        closed.signal.addEventListener('abort', go);
      }),
    isTTY: isTerminal(stream.fd),
    get columns() {
      return stream.columns || 80;
    },
    get rows() {
      return stream.rows || 24;
    },
    closed: closed.signal,
  };
}

/** Resolves when the operating system has taken everything that was written, or nobody reads it. */
export async function whenWritten(): Promise<void> {
  await Promise.all(
    [process.stdout, process.stderr].map(
      (stream) =>
        new Promise<void>((resolve) => {
          if (stream.destroyed || stream.writableEnded) resolve();
          else stream.write('', () => resolve());
        }),
    ),
  );
}
