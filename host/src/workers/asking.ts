import { wireError } from '@capstan/protocol';
import type { CallOutcome } from './answer.ts';
import type { RequestOptions } from './request.ts';

/**
 * Asks a worker something that its caller may give up, by a signal or after `timeoutMs`; what is given up for
 * the time is DEADLINE_EXCEEDED. `over` is undefined where nothing can end the asking.
 */
export async function askInTime(
  label: string,
  path: string,
  { timeoutMs, signal }: RequestOptions,
  ask: (over: AbortSignal | undefined) => Promise<CallOutcome>,
): Promise<CallOutcome> {
  const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const signals = [signal, timeout].filter((each) => each !== undefined);
  const outcome = await ask(signals.length === 0 ? undefined : AbortSignal.any(signals));
  if (outcome.kind !== 'lost' || timeout?.aborted !== true) return outcome;
  const message = `${label}: no answer to ${path} within ${timeoutMs} ms`;
  const error = wireError({ category: 'transient', code: 'DEADLINE_EXCEEDED', message });
  return { kind: 'error', error };
}

/** The end of a call that was cancelled before its worker heard of it. */
export const cancelledBefore = (callId: string): CallOutcome => ({
  kind: 'error',
  error: wireError({
    category: 'cancelled',
    code: 'CANCELLED',
    message: `the call ${callId} was cancelled before it was sent`,
  }),
});
