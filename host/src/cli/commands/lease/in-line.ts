import type { AcquireAnswer, LeaseRequest } from '../../../index.ts';
import type { Context } from '../../context.ts';
import { Patience } from '../../patience.ts';
import { withLeases } from './place.ts';
import { tellWaiting } from './waiting.ts';

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
  try {
    const answer = await patience.unlessForced(ask());
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
