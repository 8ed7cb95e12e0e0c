import { HostError } from '../../../errors.ts';
import type { AcquireAnswer, LeaseRequest } from '../../../index.ts';
import type { Context } from '../../context.ts';
import { Patience } from '../../patience.ts';
import { withLeases } from './place.ts';
import { tellWaiting } from './waiting.ts';

const pauseMs = 50;

/**
 * Asks, and stands in line until it is there, the time is over, or somebody presses Ctrl-C. A host that ends meanwhile is
 * not missed: the place in its line is lost, and the waiting goes on without it.
 */
export async function askInLine(
  context: Context,
  root: string | null,
  request: LeaseRequest,
  waitMs: number,
): Promise<AcquireAnswer> {
  const patience = new Patience(context.io, 'Nothing was granted, and the place in line is free.');
  const told = tellWaiting(context, waitMs);
  const deadline = performance.now() + waitMs;
  const ask = (): Promise<AcquireAnswer> =>
    withLeases(context, root, (leases) =>
      leases.acquire(request, {
        waitMs: Math.max(1, Math.ceil(deadline - performance.now())),
        signal: patience.signal,
        onWaiting: told.onWaiting,
      }),
    );
  const untilAnswered = async (): Promise<AcquireAnswer> => {
    for (;;) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one host after the other, and then without
        return await ask();
      } catch (error) {
        const isLost = error instanceof HostError && error.code === 'HOST_LOST';
        if (!isLost || patience.signal.aborted || performance.now() > deadline) throw error;
        // oxlint-disable-next-line no-await-in-loop -- a host that ends needs a moment for it
        await new Promise((resolve) => void context.io.after(pauseMs, () => resolve(null)));
      }
    }
  };
  try {
    const answer = await patience.unlessForced(untilAnswered());
    if (answer.kind !== 'granted') patience.signal.throwIfAborted();
    return answer;
  } catch (error) {
    patience.signal.throwIfAborted();
    throw error;
  } finally {
    told.close();
    patience.release();
  }
}
