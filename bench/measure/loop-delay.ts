import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface LoopDelay {
  /** 99.9 of 100 turns of the event loop came no later than this. */
  p999Millis: number;
  longestMillis: number;
  /**
   * The most processor time that this thread spent between two looks: what it was busy for itself. A longer
   * stall than that came from others, who had the processor or the disk.
   */
  busiestMillis: number;
}

/** Watches how late the event loop is, every millisecond, until the returned function is called. */
export function watchLoop(): () => LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  let before = threadMillis();
  let busiestMillis = 0;
  const look = (): void => {
    const now = threadMillis();
    busiestMillis = Math.max(busiestMillis, now - before);
    before = now;
  };
  const timer = setInterval(look, 1).unref();
  histogram.enable();
  return () => {
    histogram.disable();
    clearInterval(timer);
    look();
    return {
      p999Millis: histogram.percentile(99.9) / 1e6,
      longestMillis: histogram.max / 1e6,
      busiestMillis,
    };
  };
}

function threadMillis(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
