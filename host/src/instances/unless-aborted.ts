import { endedBy } from './call.ts';

/** The promise, or what the signal was aborted with, whichever comes first. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(endedBy(signal));
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  const first = Promise.race([promise, aborted.promise]);
  return first.finally(() => signal.removeEventListener('abort', abort));
}
