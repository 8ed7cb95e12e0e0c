import { median } from '../measure/stats.ts';
import type { Figure } from './figure.ts';

/** One round of one side. */
export interface Sample {
  /** Of one act, the median of the round, or of the whole round where acts overlap. */
  wall: number;
  /** Processor time of this process per act, all its threads, in microseconds. */
  cpuMicros: number;
}

export type Sides<Name extends string> = { [name in Name]: Sample[] };

/**
 * Measures several sides in turn, round by round, so that what a shared machine does meanwhile happens to
 * all of them. One round of each is run first and thrown away.
 */
export async function inTurn<Name extends string>(
  rounds: number,
  sides: { [name in Name]: () => Promise<Sample> },
): Promise<Sides<Name>> {
  const names = Object.keys(sides) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as Sample[]])) as Sides<Name>;
  for (let round = -1; round < rounds; round++) {
    for (const name of names) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
      const sample = await sides[name]();
      if (round >= 0) samples[name].push(sample);
    }
  }
  return samples;
}

/** Median of `count` timings of one act, one after the other, in microseconds. */
export async function oneByOne(count: number, act: () => Promise<unknown>): Promise<Sample> {
  const walls: number[] = [];
  const cpu = process.cpuUsage();
  for (let n = 0; n < count; n++) {
    const start = performance.now();
    // oxlint-disable-next-line no-await-in-loop -- that is what is measured
    await act();
    walls.push((performance.now() - start) * 1_000);
  }
  return { wall: median(walls), cpuMicros: cpuSince(cpu) / count };
}

/** How many acts are done in a second when so many are in flight. */
export async function inFlight(
  count: number,
  width: number,
  act: () => Promise<unknown>,
): Promise<Sample> {
  let left = count;
  const cpu = process.cpuUsage();
  const start = performance.now();
  const lane = async (): Promise<void> => {
    // oxlint-disable-next-line no-await-in-loop -- each lane has one in flight
    while (left-- > 0) await act();
  };
  await Promise.all(Array.from({ length: width }, lane));
  const wall = count / ((performance.now() - start) / 1_000);
  return { wall, cpuMicros: cpuSince(cpu) / count };
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

export const middle = (samples: readonly Sample[]): number =>
  median(samples.map(({ wall }) => wall));

export const cpuOf = (samples: readonly Sample[]): string =>
  `${median(samples.map(({ cpuMicros }) => cpuMicros)).toFixed(0)} µs each`;

export function ratioOf(
  subject: readonly Sample[],
  floor: readonly Sample[],
): NonNullable<Figure['ratio']> {
  const ratios = subject.map(({ wall }, round) => wall / (floor[round]?.wall ?? Number.NaN));
  return { middle: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) };
}

export const spreadOf = (samples: readonly Sample[]): string => {
  const walls = samples.map(({ wall }) => wall);
  return `${Math.min(...walls).toFixed(0)} to ${Math.max(...walls).toFixed(0)}`;
};
