import type { Json, JsonObject } from '../index.ts';
import { errorBody } from './errors.ts';
import { limits } from './limits.ts';
import type { ValueStream } from './surface.ts';

/** What the answer to `POST /v1/stream` says, a line each; the last is `result` or `error`. */
export type ValueLine =
  | { event: 'job'; jobId: string }
  | { event: 'chunk'; value: Json }
  | { event: 'progress'; progress: number; message: string }
  | { event: 'heartbeat' }
  | { event: 'result'; value: JsonObject }
  | { event: 'error'; error: object };

type Progress = Extract<ValueLine, { event: 'progress' }>;

/** The newest progress of a stream, for whoever tells it on. */
export class Newest {
  #progress: Progress | null = null;
  onNews: () => void = () => {};

  readonly hear = (progress: number, message: string): void => {
    this.#progress = { event: 'progress', progress, message };
    this.onNews();
  };

  take(): Progress | null {
    const progress = this.#progress;
    this.#progress = null;
    return progress;
  }
}

/**
 * The values of a stream as lines, at the pace of whoever reads them: the stream is asked for more when all that
 * was said is taken. A quiet one says now and then that it is there. When the reader leaves, the stream is left.
 */
export function streamLines(
  stream: ValueStream,
  jobId: string,
  newest: Newest,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let said = '';
  let isOver = false;
  let onSaid: () => void = () => {};
  let onTaken: () => void = () => {};

  const say = (...lines: ValueLine[]): void => {
    for (const line of lines) said += `${JSON.stringify(line)}\n`;
    onSaid();
  };
  const taken = (): Promise<void> =>
    new Promise((resolve) => {
      onTaken = resolve;
    });
  const pump = async (): Promise<void> => {
    let values = 0;
    try {
      for await (const batch of stream.batches()) {
        values += batch.length;
        say(...batch.map((value: Json): ValueLine => ({ event: 'chunk', value })));
        // oxlint-disable-next-line no-await-in-loop -- the reader's pace is the stream's
        if (said !== '') await taken();
      }
      say({ event: 'result', value: { values } });
    } catch (error) {
      say({ event: 'error', error: errorBody(error) });
    }
    isOver = true;
    onSaid();
  };
  const heart = setInterval(() => {
    if (said === '') say({ event: 'heartbeat' });
  }, limits.heartbeatMs);

  return new ReadableStream<Uint8Array>(
    {
      start: () => {
        say({ event: 'job', jobId });
        newest.onNews = () => {
          if (said !== '' || isOver) return;
          const progress = newest.take();
          if (progress !== null) say(progress);
        };
        void pump();
      },
      pull: async (controller) => {
        if (said === '') newest.onNews();
        if (said === '' && !isOver) {
          await new Promise<void>((resolve) => {
            onSaid = resolve;
          });
        }
        if (said !== '') {
          controller.enqueue(encoder.encode(said));
          said = '';
          onTaken();
        } else {
          clearInterval(heart);
          controller.close();
        }
      },
      cancel: async () => {
        clearInterval(heart);
        isOver = true;
        await stream.return();
        onTaken();
      },
    },
    { highWaterMark: 0 },
  );
}
