import type { EventSpec, StateStore } from '../../host/src/stores/index.ts';
import type { Measure } from '../measure/figure.ts';

const perRequest = 1_000;
const manyJobs = 5_000;

/** Grows the journal to so many rows, and tells how many a second it took, of each tenth of the way. */
export async function growTo(store: StateStore, rows: number): Promise<Measure> {
  const before = store.reader.lastSeq();
  const step = Math.max(perRequest, Math.ceil((rows - before) / 10));
  const rounds: number[] = [];
  for (let from = before; from < rows; from += step) {
    const to = Math.min(rows, from + step);
    const start = performance.now();
    // oxlint-disable-next-line no-await-in-loop -- the same journal, grown
    await append(store, from, to);
    rounds.push((to - from) / ((performance.now() - start) / 1_000));
  }
  return { rounds };
}

/** Appends rows of numbers from one up to another. */
export async function append(
  store: StateStore,
  from: number,
  to: number,
  jobs = manyJobs,
): Promise<void> {
  for (let n = from; n < to; n += perRequest) {
    const count = Math.min(perRequest, to - n);
    // oxlint-disable-next-line no-await-in-loop -- so that memory does not hold them all
    await store.append(Array.from({ length: count }, (_, i) => event(n + i, jobs)));
  }
}

/** Rows are shared out among so many jobs. */
export const jobOf = (n: number, jobs = manyJobs): string =>
  `job_${String(n % jobs).padStart(18, '0')}`;

export const event = (n: number, jobs = manyJobs): EventSpec => ({
  eventType: 'task_account',
  workerReported: true,
  jobId: jobOf(n, jobs),
  capability: 'node',
  session: 'wrk_000000000000000000',
  payload: { type: 'usage', payload: { tokens: n, model: 'a-model-of-some-name' } },
});
