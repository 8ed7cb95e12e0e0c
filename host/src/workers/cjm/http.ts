import { limits } from '@capstan/protocol';
import type { Dispatcher } from 'undici';
import Pool from 'undici/lib/dispatcher/pool.js';
import { holdUp } from '../hold-up.ts';

export interface Ask {
  method: 'GET' | 'POST';
  path: string;
  body: string | null;
  /** Gives up on the answer and closes its connection. */
  signal?: AbortSignal | undefined;
}

export interface Reader {
  onStart(status: number, headers: AnswerHeaders): void;
  /** A promise holds up the worker until it resolves. Throwing gives up on the answer. */
  onData(chunk: Buffer): void | Promise<void>;
}

export type AnswerHeaders = { readonly [name: string]: string | string[] | undefined };

/**
 * HTTP to one worker of the reference system, over kept connections of the loopback. There is no token in
 * that protocol: whoever reaches the port may ask.
 */
export class CjmHttp {
  readonly #pool: Pool;

  constructor(port: number) {
    this.#pool = new Pool(`http://127.0.0.1:${port}`, {
      headersTimeout: 0,
      bodyTimeout: 0,
      // Below the 5 s after which that server closes an idle connection.
      keepAliveTimeout: 3_000,
      keepAliveMaxTimeout: 3_000,
      // The accounts of a call arrive in one header.
      maxHeaderSize: limits.requestBytes,
    });
  }

  /** Resolves when the answer was read to its end; rejects when the connection breaks or reading is given up. */
  send({ method, path, body, signal }: Ask, reader: Reader): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let abort: (() => void) | undefined;
    /** What was read and is not taken yet. */
    let reading: Promise<void> | null = null;
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: (controller) => {
        if (signal === undefined) return;
        abort = () => controller.abort(new Error('given up'));
        if (signal.aborted) abort();
        else signal.addEventListener('abort', abort, { once: true });
      },
      onResponseStart: (_, status, headers) => reader.onStart(status, headers),
      onResponseData: (controller, chunk) => {
        // Reading on after a pause begins with a piece of nothing; to pause for that would never end.
        if (chunk.length === 0) return;
        // What the parser still had when the connection ended comes in spite of the pause.
        const taken =
          reading === null ? reader.onData(chunk) : reading.then(() => reader.onData(chunk));
        if (taken === undefined) return;
        const now = holdUp(controller, taken, reject).finally(() => {
          if (reading === now) reading = null;
        });
        reading = now;
      },
      onResponseEnd: () => void (reading ?? Promise.resolve()).then(resolve),
      onResponseError: (_, error) => reject(error),
    };
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    this.#pool.dispatch({ method, path, headers, body }, handler);
    return promise.finally(() => abort && signal?.removeEventListener('abort', abort));
  }

  async destroy(): Promise<void> {
    await this.#pool.destroy();
  }
}
