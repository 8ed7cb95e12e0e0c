/** What a campaign has done and found. */
export interface CampaignResult {
  campaign: string;
  seed: number;
  size: string;
  counts: { [what: string]: number };
  /** Every measurement; the report tells of each the median, the 99th of a hundred and the largest. */
  samples: { [what: string]: number[] };
  violations: Violation[];
  controls: { [control: string]: { caught: boolean; by: string } };
  /** Parts that this machine could not run, and why. */
  skipped: string[];
  seconds: number;
}

export interface Figure {
  n: number;
  median: number;
  p99: number;
  max: number;
}

export interface Violation {
  promise: string;
  message: string;
  /** The seed of the very life or round, where there is one. */
  seed?: number;
}

const violationsKept = 50;

/** Gathers while a campaign runs. `onProgress` hears how far it is, at most twice a second. */
export class Report {
  readonly #counts = new Map<string, number>();
  readonly #samples = new Map<string, number[]>();
  readonly #controls: CampaignResult['controls'] = {};
  readonly #skipped: string[] = [];
  readonly #startedMs = performance.now();
  readonly violations: Violation[] = [];
  readonly onProgress: (done: number, total: number) => void;
  #toldMs = 0;

  constructor(onProgress: (done: number, total: number) => void = () => {}) {
    this.onProgress = onProgress;
  }

  count(what: string, n = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + n);
  }

  counted(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  figure(what: string, value: number): void {
    const samples = this.#samples.get(what);
    if (samples === undefined) this.#samples.set(what, [value]);
    else samples.push(value);
  }

  violation(promise: string, message: string, seed?: number): void {
    this.count(`violations of "${promise}"`);
    if (this.violations.length >= violationsKept) return;
    this.violations.push({ promise, message, ...(seed === undefined ? {} : { seed }) });
  }

  control(name: string, caught: boolean, by: string): void {
    this.#controls[name] = { caught, by };
  }

  skip(reason: string): void {
    this.#skipped.push(reason);
  }

  progress(done: number, total: number): void {
    const nowMs = performance.now();
    if (nowMs - this.#toldMs < 500 && done < total) return;
    this.#toldMs = nowMs;
    this.onProgress(done, total);
  }

  result(about: { campaign: string; seed: number; size: string }): CampaignResult {
    return {
      ...about,
      counts: Object.fromEntries(this.#counts),
      samples: Object.fromEntries(this.#samples),
      violations: this.violations,
      controls: this.#controls,
      skipped: this.#skipped,
      seconds: Math.round((performance.now() - this.#startedMs) / 100) / 10,
    };
  }
}

export function figureOf(samples: readonly number[]): Figure {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return { n: sorted.length, median: at(0.5), p99: at(0.99), max: at(1) };
}

const round = (value: number): number => Math.round(value * 1_000) / 1_000;

/** Why a result is no proof, or an empty list. */
export function failuresOf(result: CampaignResult): string[] {
  const { violations, controls } = result;
  const uncaught = Object.entries(controls).filter(([, { caught }]) => !caught);
  return [
    ...violations.map(
      ({ promise, message, seed }) =>
        `${promise}: ${message}${seed === undefined ? '' : ` (seed ${seed})`}`,
    ),
    ...uncaught.map(([name, { by }]) => `the control "${name}" was not caught: ${by}`),
  ];
}

/** What the shards of one campaign say together. */
export function merged(parts: readonly CampaignResult[]): CampaignResult {
  const [first] = parts;
  if (first === undefined) throw new Error('there is nothing to put together');
  const whole: CampaignResult = { ...first, counts: {}, samples: {}, controls: {} };
  whole.violations = parts.flatMap(({ violations }) => violations);
  whole.skipped = [...new Set(parts.flatMap(({ skipped }) => skipped))];
  whole.seconds = Math.max(...parts.map(({ seconds }) => seconds));
  for (const { counts, samples, controls } of parts) {
    for (const [what, n] of Object.entries(counts))
      whole.counts[what] = (whole.counts[what] ?? 0) + n;
    for (const [what, values] of Object.entries(samples)) {
      whole.samples[what] = [...(whole.samples[what] ?? []), ...values];
    }
    Object.assign(whole.controls, controls);
  }
  return whole;
}
