/**
 * Jobs waiting their turn: higher priority first, then age. One line per instance, so that a dispatch
 * looks at the head of each line and never at the jobs behind it.
 */
export interface Waiting {
  jobId: string;
  /** Its id; the default one has the name of its capability. */
  instance: string;
  priority: number;
  /** Grows with the time of submission; equal priorities go in this order. */
  age: number;
}

export function goesBefore(a: Waiting, b: Waiting): boolean {
  return a.priority === b.priority ? a.age < b.age : a.priority > b.priority;
}

const slack = 64;

/** A binary heap. A removed job stays inside until it surfaces, so removal costs nothing either. */
export class Line {
  readonly #heap: Waiting[] = [];
  readonly #waiting = new Map<string, Waiting>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Those inside that were removed, with those that were not. */
  get held(): number {
    return this.#heap.length;
  }

  has(jobId: string): boolean {
    return this.#waiting.has(jobId);
  }

  head(): Waiting | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#waiting.get(first.jobId) === first) return first;
      this.#dropFirst();
    }
    return undefined;
  }

  add(job: Waiting): void {
    if (this.#waiting.has(job.jobId)) return;
    this.#waiting.set(job.jobId, job);
    const heap = this.#heap;
    let at = heap.push(job) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Waiting;
      if (!goesBefore(job, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = job;
  }

  remove(jobId: string): boolean {
    const wasIn = this.#waiting.delete(jobId);
    // Those behind a head that never leaves would stay inside for ever.
    if (wasIn && this.#heap.length > 2 * this.#waiting.size + slack) this.#clear();
    return wasIn;
  }

  /** What is sorted is a heap. */
  #clear(): void {
    const left = [...this.#waiting.values()].toSorted((a, b) => (goesBefore(a, b) ? -1 : 1));
    this.#heap.length = 0;
    for (const job of left) this.#heap.push(job);
  }

  #dropFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = at * 2 + 1;
      const left = heap[below];
      if (left === undefined) break;
      const right = heap[below + 1];
      if (right !== undefined && goesBefore(right, left)) below += 1;
      const child = heap[below] as Waiting;
      if (!goesBefore(child, last)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
  }
}
