import { Line, type Waiting } from '../kernel/index.ts';

/** Every job that waits: in the line of its instance, or, while it is delayed, beside it. */
export class Lines {
  readonly byInstance = new Map<string, Line>();
  readonly #waiting = new Map<string, Waiting>();

  get size(): number {
    return this.#waiting.size;
  }

  get(jobId: string): Waiting | undefined {
    return this.#waiting.get(jobId);
  }

  add(job: Waiting, isDelayed: boolean): void {
    this.#waiting.set(job.jobId, job);
    if (!isDelayed) this.#lineOf(job.instance).add(job);
  }

  /** Its delay is over. */
  enter(jobId: string): void {
    const job = this.#waiting.get(jobId);
    if (job !== undefined) this.#lineOf(job.instance).add(job);
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
    if (this.#takeOut(job)) this.#lineOf(job.instance).add(moved);
  }

  #lineOf(instance: string): Line {
    const known = this.byInstance.get(instance);
    if (known !== undefined) return known;
    const line = new Line();
    this.byInstance.set(instance, line);
    return line;
  }

  /** False for one that did not stand in its line yet. */
  #takeOut({ jobId, instance }: Waiting): boolean {
    const line = this.byInstance.get(instance);
    const wasIn = line?.remove(jobId) === true;
    // What is empty costs every dispatch a look.
    if (line?.size === 0) this.byInstance.delete(instance);
    return wasIn;
  }
}
