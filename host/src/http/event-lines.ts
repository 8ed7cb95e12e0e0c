import { errorBody } from './errors.ts';
import { limits } from './limits.ts';

/** Lines that only the stream itself says; all others are events. */
export type StreamLine =
  | { type: 'open' }
  | { type: 'heartbeat' }
  /** The host has said all that it will. A stream that ends without this was cut off. */
  | { type: 'end' }
  | { type: 'error'; error: object };

/**
 * Events as lines of JSON, at the pace of whoever reads them: so many characters are prepared, and then
 * `events` is not asked for more until they are taken. Lines that come together go together. A quiet stream
 * says now and then that it is there. `gone` is called when the reader has left.
 */
export function eventLines(
  events: AsyncIterable<object>,
  gone: () => void,
  { heartbeatMs = limits.heartbeatMs }: { heartbeatMs?: number } = {},
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let prepared = '';
  let isWanted = false;
  let isOver = false;
  let taken = Promise.withResolvers<void>();
  let flushing: NodeJS.Immediate | undefined;
  let heartbeat: NodeJS.Timeout | undefined;
  let controller: ReadableStreamDefaultController<Uint8Array>;

  const flush = (): void => {
    flushing = undefined;
    if (!isWanted || isOver || prepared === '') return;
    isWanted = false;
    const text = prepared;
    prepared = '';
    controller.enqueue(encoder.encode(text));
    taken.resolve();
    taken = Promise.withResolvers();
  };
  const say = (line: object | StreamLine): void => {
    prepared += `${JSON.stringify(line)}\n`;
    flushing ??= setImmediate(flush);
  };
  const isLeft = (): boolean => prepared !== '' && !isOver;
  const pump = async (): Promise<void> => {
    try {
      for await (const event of events) {
        if (isOver) return;
        say(event);
        if (prepared.length > limits.streamChars) await taken.promise;
      }
      say({ type: 'end' });
    } catch (error) {
      say({ type: 'error', error: errorBody(error) });
    }
    // oxlint-disable-next-line no-await-in-loop -- until the reader has taken all, or has left
    while (isLeft()) await taken.promise;
    clearInterval(heartbeat);
    if (!isOver) controller.close();
  };
  return new ReadableStream<Uint8Array>(
    {
      start: (its) => {
        controller = its;
        say({ type: 'open' });
        heartbeat = setInterval(() => {
          if (prepared === '' && isWanted) say({ type: 'heartbeat' });
        }, heartbeatMs);
        void pump();
      },
      pull: () => {
        isWanted = true;
        if (prepared !== '') flushing ??= setImmediate(flush);
      },
      cancel: () => {
        isOver = true;
        clearInterval(heartbeat);
        clearImmediate(flushing);
        taken.resolve();
        gone();
      },
    },
    { highWaterMark: 0 },
  );
}
