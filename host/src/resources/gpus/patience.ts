import { defaults } from '../../defaults.ts';
import type { GpuReading } from './source.ts';

export interface PatienceTimes {
  /** A look waits so long for an answer, then goes on without. */
  waitMs: number;
  /** After a failure the devices that were known count as there for so long. */
  keepMs: number;
  /** A program that did not answer is left alone for so long, so that those that hang do not pile up. */
  pauseMs: number;
}

const usual: PatienceTimes = {
  waitMs: defaults.gpuWaitMs,
  keepMs: defaults.gpuKeepMs,
  pauseMs: defaults.gpuPauseMs,
};

/**
 * Asks one kind of device through a program that may be slow or hang.
 *
 * A driver in trouble must not hold up whoever only wants to know how much memory the machine has. So a look waits for a
 * while and then tells what was known before, with a word about it; the program goes on behind it, and the next look hears its
 * answer. One question is under way at a time.
 *
 * Only the very first look waits for as long as the program is given: nothing is known then, and a machine whose GPUs
 * take a while to wake must not seem to have none.
 */
export class Patience {
  readonly #ask: () => Promise<GpuReading>;
  readonly #name: string;
  readonly #times: PatienceTimes;
  #asking: Promise<GpuReading> | null = null;
  #askedAtMs = 0;
  #pausedUntilMs = 0;
  #known: { reading: GpuReading; atMs: number } | null = null;
  #failure: string[] = [];

  constructor(name: string, ask: () => Promise<GpuReading>, times: PatienceTimes = usual) {
    this.#name = name;
    this.#ask = ask;
    this.#times = times;
  }

  async look(): Promise<GpuReading> {
    const nowMs = performance.now();
    if (this.#asking === null && nowMs >= this.#pausedUntilMs) {
      this.#askedAtMs = nowMs;
      this.#asking = this.#begin();
    }
    if (this.#asking === null) return this.#before(this.#failure);
    if (this.#known === null && this.#failure.length === 0) return this.#asking;
    return (await within(this.#times.waitMs, this.#asking)) ?? this.#before([this.#late()]);
  }

  async #begin(): Promise<GpuReading> {
    const reading = await this.#ask().catch((error: unknown) => ({
      gpus: [],
      problems: [`${this.#name}: ${error instanceof Error ? error.message : String(error)}`],
    }));
    this.#asking = null;
    if (reading.gpus.length > 0 || reading.problems.length === 0) {
      this.#known = { reading, atMs: performance.now() };
      return reading;
    }
    this.#failure = reading.problems;
    if (performance.now() - this.#askedAtMs >= this.#times.waitMs) {
      this.#pausedUntilMs = performance.now() + this.#times.pauseMs;
    }
    return this.#before(reading.problems);
  }

  /** What was known, as far as it may still be so: the devices are there, who holds what of them may have changed. */
  #before(problems: string[]): GpuReading {
    if (this.#known === null) return { gpus: [], problems };
    const ageMs = performance.now() - this.#known.atMs;
    if (ageMs > this.#times.keepMs || this.#known.reading.gpus.length === 0) {
      return { gpus: [], problems };
    }
    const gpus = this.#known.reading.gpus.map((gpu) => ({ ...gpu, processes: null }));
    const word = `${this.#name}: what is told is ${Math.max(1, Math.round(ageMs / 1000))} s old`;
    return { gpus, problems: [...problems, word] };
  }

  #late(): string {
    const seconds = ((performance.now() - this.#askedAtMs) / 1000).toFixed(1);
    return `${this.#name} has not answered for ${seconds} s; is the driver in trouble?`;
  }
}

async function within<T>(limitMs: number, answer: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), limitMs);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
