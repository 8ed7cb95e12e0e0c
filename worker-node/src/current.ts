import { AsyncLocalStorage } from 'node:async_hooks';
import type { CallContext } from './context.ts';

const running = new AsyncLocalStorage<CallContext>();

/** The call this code runs in, however deep below it; undefined outside of calls. */
export const currentCall = (): CallContext | undefined => running.getStore();

/** Runs work so that `currentCall` finds its call. */
export const runInCall = <Result>(call: CallContext, work: () => Result): Result =>
  running.run(call, work);
