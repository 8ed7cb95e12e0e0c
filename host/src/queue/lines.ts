import { Line, type Waiting } from '../kernel/index.ts';

/** Every job that waits: in the line of its capability, or, while it is delayed, beside it. */
export class Lines {
  readonly byCapability = new Map<string, Line>();
  readonly #waiting = new Map<string, Waiting>();

  get size(): number {
    return this.#waiting.size;
  }

  get(jobId: string): Waiting | undefined {
    return this.#waiting.get(jobId);
  }

  add(job: Waiting, isDelayed: boolean): void {
    this.#waiting.set(job.jobId, job);
    if (!isDelayed) this.#lineOf(job.capability).add(job);
  }

  /** Its delay is over. */
  enter(jobId: string): void {
    const job = this.#waiting.get(jobId);
    if (job !== undefined) this.#lineOf(job.capability).add(job);
  }

  remove(jobId: string): void {
    const job = this.#waiting.get(jobId);
    if (job === undefined) return;
    this.#waiting.delete(jobId);
    this.#takeOut(job);
  }

  rekey(jobId: string, priority: number): void {
    const job = this.#waiting.get(jobId);
    if (job === undefined) return;
    const moved = { ...job, priority };
    this.#waiting.set(jobId, moved);
    if (this.#takeOut(job)) this.#lineOf(job.capability).add(moved);
  }

  #lineOf(capability: string): Line {
    const known = this.byCapability.get(capability);
    if (known !== undefined) return known;
    const line = new Line();
    this.byCapability.set(capability, line);
    return line;
  }

  /** False for one that did not stand in its line yet. */
  #takeOut({ jobId, capability }: Waiting): boolean {
    const line = this.byCapability.get(capability);
    const wasIn = line?.remove(jobId) === true;
    // What is empty costs every dispatch a look.
    if (line?.size === 0) this.byCapability.delete(capability);
    return wasIn;
  }
}
