import type { Measure } from './figure.ts';
import { cpuMicrosOf } from './processor-time.ts';
import { median } from './stats.ts';

/** One round of one side. */
export interface Sample {
  /** In the figure's unit: of one act, the median of the round; or of the whole round where acts overlap. */
  wall: number;
  /** Processor time per act of all the side's processes, in microseconds. */
  cpuMicros?: number;
}

export interface Turns {
  rounds: number;
  /** A side that has taken so long sits out the rounds that are left. */
  secondsEach?: number;
  onRound?: (round: number) => void;
}

/** Thrown by a system beside us that cannot go on. Its side ends there, with the reason, and the others go on. */
export class SideFailed extends Error {
  override name = 'SideFailed';
}

/**
 * Measures several sides in turn, round by round, so that what a shared machine does meanwhile happens to
 * all of them. One round of each is run first and thrown away, but that of a side which takes half its time
 * for one counts.
 */
export async function inTurn<
  Sides extends { readonly [name: string]: (() => Promise<Sample>) | undefined },
>(
  sides: Sides,
  { rounds, secondsEach = 45, onRound = () => {} }: Turns,
): Promise<{ -readonly [name in keyof Sides]: Measure }> {
  const all = new Map(
    Object.entries(sides).flatMap(([name, act]) =>
      act === undefined ? [] : [[name, new Side(act, secondsEach)] as const],
    ),
  );
  for (let round = -1; round < rounds; round++) {
    onRound(round);
    for (const side of all.values()) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
      await side.round(round < 0);
    }
  }
  const measures = [...all].map(([name, side]) => [name, side.measure(rounds)]);
  return Object.fromEntries(measures) as { [name in keyof Sides]: Measure };
}

class Side {
  readonly #act: () => Promise<Sample>;
  readonly #secondsEach: number;
  readonly #samples: Sample[] = [];
  #spent = 0;
  #failure: string | null = null;

  constructor(act: () => Promise<Sample>, secondsEach: number) {
    this.#act = act;
    this.#secondsEach = secondsEach;
  }

  async round(isWarmUp: boolean): Promise<void> {
    if (this.#failure !== null || this.#spent >= this.#secondsEach) return;
    const start = performance.now();
    try {
      const sample = await this.#act();
      const took = (performance.now() - start) / 1_000;
      if (isWarmUp && took < this.#secondsEach / 2) return;
      this.#spent += took;
      this.#samples.push(sample);
    } catch (error) {
      if (!(error instanceof SideFailed)) throw error;
      this.#failure = error.message;
    }
  }

  measure(rounds: number): Measure {
    const done = this.#samples.length;
    const cpu = this.#samples.flatMap(({ cpuMicros }) => cpuMicros ?? []);
    const note =
      this.#failure ?? (done < rounds ? `${done} of ${rounds} rounds: it is slow` : null);
    return {
      rounds: this.#samples.map(({ wall }) => wall),
      ...(cpu.length > 0 && { cpuMicros: median(cpu) }),
      ...(note !== null && { note }),
    };
  }
}

/** Median of `count` timings of one act, one after the other, in microseconds. */
export async function oneByOne(
  count: number,
  act: () => Promise<unknown>,
  others: () => readonly number[] = () => [],
): Promise<Sample> {
  const walls: number[] = [];
  const cpuMicros = processorTime(others);
  for (let n = 0; n < count; n++) {
    const start = performance.now();
    // oxlint-disable-next-line no-await-in-loop -- that is what is measured
    await act();
    walls.push((performance.now() - start) * 1_000);
  }
  return { wall: median(walls), cpuMicros: cpuMicros() / count };
}

/** How many acts are done in a second when so many are in flight, each lane waiting for the end of its own. */
export async function inFlight(
  count: number,
  width: number,
  act: () => Promise<unknown>,
  others: () => readonly number[] = () => [],
): Promise<Sample> {
  let left = count;
  const cpuMicros = processorTime(others);
  const start = performance.now();
  const lane = async (): Promise<void> => {
    // oxlint-disable-next-line no-await-in-loop -- each lane has one in flight
    while (left-- > 0) await act();
  };
  await Promise.all(Array.from({ length: width }, lane));
  const wall = count / ((performance.now() - start) / 1_000);
  return { wall, cpuMicros: cpuMicros() / count };
}

/**
 * Starts a count of the processor time of this process, all its threads, and of others by their ids; the
 * returned function tells it, in microseconds. The others are counted in steps of 10 ms (Linux).
 */
export function processorTime(others: () => readonly number[] = () => []): () => number {
  const before = process.cpuUsage();
  const ofOthers = new Map(others().map((pid) => [pid, cpuMicrosOf(pid)]));
  return () => {
    const { user, system } = process.cpuUsage(before);
    const theirs = others().map((pid) => cpuMicrosOf(pid) - (ofOthers.get(pid) ?? 0));
    return user + system + theirs.reduce((sum, each) => sum + each, 0);
  };
}

/** The same sample in milliseconds, of one in microseconds. */
export const inMillis = (sample: Sample): Sample => ({ ...sample, wall: sample.wall / 1_000 });
