import { HostError, messageOf } from '../errors.ts';
import { defaults } from '../defaults.ts';
import { endedBy } from './call.ts';
import type { ManyOptions } from './requests.ts';

type Done<T> = { key: string; value: T } | { key: string; error: HostError };

/**
 * Does something with each of these, so many at a time, and collects how each ended, in the order they were
 * given. With `failFast` the first failure begins no more of them, and is thrown when those under way have
 * ended. Throws INPUT_INVALID.
 */
export async function each<S, T>(
  subjects: readonly { key: string; subject: S }[],
  act: (subject: S) => Promise<T>,
  { concurrency = defaults.loadsAtOnce, failFast = false, signal }: ManyOptions,
): Promise<Done<T>[]> {
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    const message = `concurrency is ${concurrency}; it has to be a whole number from 1 on`;
    throw new HostError('INPUT_INVALID', message);
  }
  const done: Done<T>[] = [];
  let first: HostError | null = null;
  const waiting = subjects.entries();
  const lane = async (): Promise<void> => {
    for (const [index, { key, subject }] of waiting) {
      if (signal?.aborted === true || (failFast && first !== null)) return;
      try {
        // oxlint-disable-next-line no-await-in-loop -- each lane takes one after the other
        done[index] = { key, value: await act(subject) };
      } catch (thrown) {
        const error = asHostError(thrown);
        first ??= error;
        done[index] = { key, error };
      }
    }
  };
  const lanes = Math.min(concurrency, subjects.length);
  await Promise.all(Array.from({ length: lanes }, lane));
  if (signal?.aborted === true) throw endedBy(signal);
  if (failFast && first !== null) throw first;
  return done;
}

const asHostError = (thrown: unknown): HostError =>
  thrown instanceof HostError
    ? thrown
    : new HostError('INTERNAL', messageOf(thrown), { cause: thrown });
