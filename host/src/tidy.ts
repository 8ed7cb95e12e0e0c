import { getHeapStatistics } from 'node:v8';
import { defaults } from './defaults.ts';

/**
 * Looks for what is left over in the heap of this thread when nothing has stirred for a while; returns how to say that
 * something has. V8 itself looks only while something new is made, so a host that rests would keep for hours what its
 * start or its last thousand jobs have left. Only where the process was started for it, with `--expose-gc`, as
 * `capstan up` is, and not where the heap is so large that the thread would be away for long.
 */
export function tidyAtRest({
  afterMs = defaults.tidyAfterMs,
  gc = globalThis.gc,
}: {
  afterMs?: number;
  gc?: NodeJS.GCFunction | undefined;
} = {}): () => void {
  if (gc === undefined) return () => {};
  const timer = setTimeout(() => {
    if (getHeapStatistics().used_heap_size <= defaults.tidyBytes) gc();
  }, afterMs).unref();
  return () => void timer.refresh();
}
