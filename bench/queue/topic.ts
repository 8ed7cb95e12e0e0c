import type { Bench } from '../measure/bench.ts';
import type { Figure } from '../measure/figure.ts';
import { bursts } from './bursts.ts';
import { decision } from './decision.ts';
import { oneJob } from './one-job.ts';
import { openOurs } from './ours.ts';

/** What a durable job costs, alone and in a crowd, with less and with more of a host around it. */
export async function queue(bench: Bench): Promise<Figure[]> {
  const ours = await openOurs(bench.folder);
  try {
    return [
      ...(await oneJob(bench, ours)),
      ...(await bursts(bench, ours)),
      ...(await decision(bench)),
    ];
  } finally {
    await ours.close();
  }
}
