import { afterMs } from '../clock.ts';
import { HostError, messageOf } from '../errors.ts';
import { isFinal, type JobState } from '../kernel/index.ts';
import type { JobRow, JournaledEvent, Reader } from '../stores/index.ts';

/**
 * Those who wait for jobs, by job, so that the end of one looks at its own waiters only. The row that they
 * are given is read when the job is over: nothing is kept for them meanwhile.
 */
export class Waiters {
  readonly #reader: Reader;
  readonly #isUnderWay: (jobId: string) => boolean;
  readonly #waiting = new Map<string, Set<() => void>>();

  /** `isUnderWay` is true only of jobs whose end will be told. */
  constructor(reader: Reader, isUnderWay: (jobId: string) => boolean) {
    this.#reader = reader;
    this.#isUnderWay = isUnderWay;
  }

  follow({ type, jobId, payload }: JournaledEvent): void {
    if (jobId === undefined) return;
    const isParked = type === 'job_interrupted' && payload['next'] === 'needs_decision';
    if (type !== 'job_finished' && !isParked) return;
    for (const look of this.#waiting.get(jobId) ?? []) look();
  }

  /**
   * The job when it is over, or waits for a person's decision. Throws JOB_NOT_FOUND, DEADLINE_EXCEEDED when
   * that takes longer than `timeoutMs` (the job is not touched), and CANCELLED when the host is closed before
   * or `signal` aborts.
   */
  async wait(
    jobId: string,
    { timeoutMs, signal }: { timeoutMs?: number; signal?: AbortSignal } = {},
  ): Promise<JobRow> {
    const settled = Promise.withResolvers<'over' | 'late'>();
    const look = () => settled.resolve('over');
    const abort = () => settled.reject(new HostError('CANCELLED', messageOf(signal?.reason)));
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    const waiters = this.#waiting.get(jobId) ?? new Set();
    this.#waiting.set(jobId, waiters.add(look));
    const callOff =
      timeoutMs === undefined ? undefined : afterMs(timeoutMs, () => settled.resolve('late'));
    // Whoever waits reads the promise in time; one that is rejected before that is no accident.
    settled.promise.catch(() => {});
    try {
      // Most wait for what they have just asked for: nobody has to look whether that is over.
      const now = this.#isUnderWay(jobId) ? null : this.#settledRow(jobId);
      if (now !== null) return now;
      if ((await settled.promise) === 'late') throw tooLate(jobId, timeoutMs ?? 0);
      const row = this.#reader.job(jobId);
      if (row !== null && isSettled(row.state)) return row;
      throw new HostError('CANCELLED', `the host was closed before ${jobId} was over`, {
        hint: 'Nothing is lost: the job goes on with the next host of this workspace.',
      });
    } finally {
      callOff?.();
      signal?.removeEventListener('abort', abort);
      waiters.delete(look);
      if (waiters.size === 0) this.#waiting.delete(jobId);
    }
  }

  close(): void {
    for (const looks of this.#waiting.values()) for (const look of looks) look();
  }

  /** Null while the job is on its way. */
  #settledRow(jobId: string): JobRow | null {
    const state = this.#reader.jobState(jobId);
    if (state === null) throw unknownJob(jobId);
    return isSettled(state) ? this.#reader.job(jobId) : null;
  }
}

const isSettled = (state: JobState): boolean => isFinal(state) || state === 'needs_decision';

export const unknownJob = (jobId: string): HostError =>
  new HostError('JOB_NOT_FOUND', `there is no job ${jobId} in this workspace`, {
    hint: '`capstan jobs` lists the jobs there are.',
    details: { id: jobId },
  });

const tooLate = (jobId: string, timeoutMs: number): HostError =>
  new HostError('DEADLINE_EXCEEDED', `${jobId} was not over within ${timeoutMs} ms`, {
    hint: 'It goes on all the same; wait again, or longer.',
    details: { jobId },
  });
