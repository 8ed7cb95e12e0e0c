import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface LoopDelay {
  /** 99.9 of 100 turns of the event loop came no later than this. */
  p999Millis: number;
  longestMillis: number;
}

/** Watches how late the event loop is, every millisecond, until the returned function is called. */
export function watchLoop(): () => LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  return () => {
    histogram.disable();
    return { p999Millis: histogram.percentile(99.9) / 1e6, longestMillis: histogram.max / 1e6 };
  };
}
