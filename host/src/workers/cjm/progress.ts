import type { Frame } from '@capstan/protocol';
import { defaults } from '../../defaults.ts';

export interface Progress {
  progress: number;
  message: string;
}

/** What `GET /progress` said; null when it said nothing of use, or nothing at all. */
export type LookAtProgress = (signal: AbortSignal) => Promise<Progress | null>;

/**
 * Asks for progress again and again and passes on what is new, until it is ended. One question at a time: a
 * worker whose event loop is busy answers none, and further ones would only wait behind it.
 */
export function watchProgress(
  look: LookAtProgress,
  before: Progress | null,
  onFrame: (frame: Frame) => void | Promise<void>,
): () => void {
  const over = new AbortController();
  let last = before;
  let timer: NodeJS.Timeout | undefined;
  const again = async () => {
    const found = await look(over.signal);
    if (over.signal.aborted) return;
    if (found !== null && !isSame(found, last)) {
      last = found;
      void onFrame({ event: 'progress', ...found });
    }
    timer = setTimeout(() => void again(), defaults.cjmProgressPollMs);
  };
  timer = setTimeout(() => void again(), defaults.cjmFirstPollMs);
  return () => {
    over.abort();
    clearTimeout(timer);
  };
}

const isSame = (a: Progress, b: Progress | null): boolean =>
  b !== null && a.progress === b.progress && a.message === b.message;

/** Their progress is whatever the tool wrote; ours is between 0 and 1, or -1. */
export function progressOf(body: unknown): Progress | null {
  if (typeof body !== 'object' || body === null) return null;
  const { progress, message } = body as { progress?: unknown; message?: unknown };
  const text = typeof message === 'string' ? message : '';
  if (typeof progress !== 'number' || !Number.isFinite(progress)) {
    return { progress: -1, message: text };
  }
  return { progress: progress < 0 ? -1 : Math.min(progress, 1), message: text };
}
