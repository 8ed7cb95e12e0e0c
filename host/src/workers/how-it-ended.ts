import type { WorkerExit } from './ending.ts';
import type { Life } from './life.ts';
import { isDyingOrDead } from '../resources/index.ts';

/** A worker dies a moment after its socket does; only then is it known of what. */
const endAfterBreakMs = 250;
/** One that is dead without being reaped, or about to be, is waited for: the machine may have little time. */
const reapedMs = 10_000;
/** And then its tree is cleared away, which yields its last words. */
const lastWordsMs = 2_000;

/**
 * How a worker ended whose connection broke, in words and with the category of what it was doing; null when it
 * still lives. What killed it is known as soon as it is reaped, and does not wait for the rest of its tree.
 */
export async function howItEnded(
  life: Life,
): Promise<Pick<WorkerExit, 'message' | 'category'> | null> {
  const end =
    (await within(endAfterBreakMs, life.ended)) ??
    ((await isDyingOrDead(life.pid)) ? await within(reapedMs, life.ended) : null);
  if (end === null) return null;
  const exit = await within(lastWordsMs, life.exited);
  return exit ?? life.describe(end);
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T | null> {
  const timeout = Promise.withResolvers<null>();
  const timer = setTimeout(timeout.resolve, ms, null);
  const first = await Promise.race([promise, timeout.promise]);
  clearTimeout(timer);
  return first;
}
