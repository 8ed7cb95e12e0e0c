import { processorTime } from '../measure/sides.ts';
import { median } from '../measure/stats.ts';

/** One side: an act, how often a round does it, and the processes besides this one that work for it. */
export interface CpuSide {
  act: () => unknown;
  count: number;
  others?: () => readonly number[];
}

const rounds = 5;

/**
 * How many times the processor time of a yardstick an act costs: both in turn, and the median of the ratios of
 * neighbouring rounds. Of time on the wall nothing can be said on a machine that others use too.
 */
export async function cpuRatio(subject: CpuSide, yardstick: CpuSide): Promise<number> {
  await cpuMicrosEach(yardstick);
  await cpuMicrosEach(subject);
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
    const [bare, own] = [await cpuMicrosEach(yardstick), await cpuMicrosEach(subject)];
    ratios.push(own / bare);
  }
  return median(ratios);
}

async function cpuMicrosEach({ act, count, others }: CpuSide): Promise<number> {
  const micros = processorTime(others);
  // oxlint-disable-next-line no-await-in-loop -- that is what is measured
  for (let n = 0; n < count; n++) await act();
  return micros() / count;
}
