import { parseAddress } from '@capstan/protocol';
import type { Dispatcher } from 'undici';
// The index of the package loads fetch, web sockets, proxies and more: 10 MB and 50 ms for nothing.
import Pool from 'undici/lib/dispatcher/pool.js';
import { invariant } from '../errors.ts';
import { holdUp } from './hold-up.ts';

export interface Exchange {
  method: 'GET' | 'POST';
  path: string;
  headers: { [name: string]: string };
  body: string | null;
  /** Gives up on the answer and closes its connection. */
  signal?: AbortSignal;
}

export interface AnswerReader {
  onStart(status: number, contentType: string): void;
  /**
   * Throwing here gives up on the answer, as `signal` does. A promise holds up the other side: nothing more is
   * read until it resolves, but for what is on its way when the connection ends.
   */
  onData(chunk: Buffer): void | Promise<void>;
}

/**
 * HTTP to one worker, over connections that are kept alive. A call may take hours, so nothing here has a
 * time limit. As many connections are opened as there are requests at once, so a cancel never queues behind
 * the call it is meant for.
 */
export class Connection {
  readonly #pool: Pool;
  readonly #authorization: string;

  constructor(address: string, token: string) {
    const target = parseAddress(address);
    invariant(target !== null, `${address} was checked at the handshake`);
    const isUnix = target.kind === 'unix';
    this.#pool = new Pool(isUnix ? 'http://localhost' : `http://${target.host}:${target.port}`, {
      ...(isUnix ? { socketPath: target.path } : {}),
      headersTimeout: 0,
      bodyTimeout: 0,
      // Below the 5 s after which common servers close an idle connection, so that a call never meets one.
      keepAliveTimeout: 4_000,
    });
    this.#authorization = `Bearer ${token}`;
  }

  /** Resolves when the answer was read to its end; rejects when the connection breaks or reading is given up. */
  send(exchange: Exchange, reader: AnswerReader): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { method, path, body, signal } = exchange;
    const headers = { ...exchange.headers, authorization: this.#authorization };
    let abort: (() => void) | undefined;
    /** What was read and is not taken yet; the answer does not end before it is. */
    let held: Promise<void> | undefined;
    const afterHeld = (end: () => void): void => {
      if (held === undefined) end();
      else void held.then(end);
    };
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: (controller) => {
        if (signal === undefined) return;
        abort = () => controller.abort(new Error('given up'));
        if (signal.aborted) abort();
        else signal.addEventListener('abort', abort, { once: true });
      },
      onResponseStart: (_, status, answerHeaders) =>
        reader.onStart(status, String(answerHeaders['content-type'] ?? '')),
      onResponseData: (controller, chunk) => {
        const taken = reader.onData(chunk);
        if (taken === undefined) return;
        const now = holdUp(controller, taken, reject).finally(() => {
          if (held === now) held = undefined;
        });
        held = now;
      },
      onResponseEnd: () => afterHeld(resolve),
      onResponseError: (_, error) => afterHeld(() => reject(error)),
    };
    this.#pool.dispatch({ method, path, headers, body }, handler);
    if (signal === undefined) return promise;
    return promise.finally(() => abort && signal.removeEventListener('abort', abort));
  }

  /** Breaks every connection; what was being read rejects. */
  async destroy(): Promise<void> {
    await this.#pool.destroy();
  }
}
