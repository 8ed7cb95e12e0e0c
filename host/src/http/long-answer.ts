import type { JsonObject } from '../index.ts';
import { eventLines } from './event-lines.ts';
import type { PhaseOptions } from './surface.ts';

/** What a long answer says before its end; `answer` is the end. Errors are as in any stream. */
export type LongLine =
  | { type: 'progress'; progress: number; message: string }
  | { type: 'answer'; answer: JsonObject };

/**
 * An answer that may take as long as it likes, as lines: how far it is, now and then that the host is still
 * there, and at last the answer or the error. When the client leaves, the work is told.
 */
export function longAnswer(
  signal: AbortSignal,
  work: (options: Required<PhaseOptions>) => Promise<object>,
): Response {
  const ending = new AbortController();
  const lines = linesOf(work, AbortSignal.any([signal, ending.signal]));
  return new Response(
    eventLines(lines, () => ending.abort()),
    { headers: { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' } },
  );
}

async function* linesOf(
  work: (options: Required<PhaseOptions>) => Promise<object>,
  signal: AbortSignal,
): AsyncGenerator<LongLine> {
  let latest: LongLine | null = null;
  let news = Promise.withResolvers<void>();
  const onProgress = (progress: number, message: string): void => {
    latest = { type: 'progress', progress, message };
    news.resolve();
  };
  const over = new AbortController();
  const answer = work({ signal, onProgress }).finally(() => {
    over.abort();
    news.resolve();
  });
  answer.catch(() => {}); // it is awaited at the end, when all that was told before is told
  while (!over.signal.aborted) {
    // oxlint-disable-next-line no-await-in-loop -- one piece of news after the other
    await news.promise;
    news = Promise.withResolvers();
    // Only the latest counts: a slow reader is not told how it came about.
    const line: LongLine | null = latest;
    latest = null;
    if (line !== null) yield line;
  }
  yield { type: 'answer', answer: (await answer) as JsonObject };
}
