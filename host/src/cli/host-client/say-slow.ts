import type { Io } from '../io.ts';
import { oneLine } from '../terminal/plain.ts';
import type { AskedHost } from './with-host.ts';

const slowMs = 1_500;

/**
 * What the work answers. When that takes long, says why: what a host answers is on disk, and a disk that is
 * full or slow holds the answer back.
 */
export async function saySlow<T>(
  io: Io,
  note: (text: string) => void,
  host: AskedHost,
  work: Promise<T>,
): Promise<T> {
  const stop = io.after(slowMs, () => {
    host.stats().then(
      ({ wedged }) =>
        note(
          wedged === null
            ? 'It is not recorded yet; the disk takes its time.'
            : `It cannot be recorded yet: ${oneLine(wedged)}. It will be when the disk lets it.`,
        ),
      () => {},
    );
  });
  try {
    return await work;
  } finally {
    stop();
  }
}
