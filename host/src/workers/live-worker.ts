import type { Json } from '@capstan/protocol';
import type { CallOutcome } from './answer.ts';
import type { WorkerExit } from './ending.ts';
import type { CallRequest, RequestOptions } from './request.ts';
import type { StopBudget } from './stop.ts';

/** Which protocol a worker speaks: our own, or that of the reference system's published workers. */
export type Dialect = 'capstan' | 'cjm';

/**
 * A ready worker: one process tree that answers calls, whichever protocol it speaks. What it answers is told
 * in the words of our own protocol.
 */
export interface LiveWorker {
  readonly session: string;
  readonly pid: number;
  readonly address: string;
  readonly dialect: Dialect;
  /** Whether the worker itself still runs; `exited` comes a little later, when its tree is gone too. */
  readonly isAlive: boolean;
  /** Resolves when the whole process tree is gone, whatever the reason. */
  readonly exited: Promise<WorkerExit>;
  /** Never rejects for what a worker does; every way a call can go wrong is an outcome. */
  call(request: CallRequest): Promise<CallOutcome>;
  /** Any other endpoint. The outcome of a request given up after `timeoutMs` is DEADLINE_EXCEEDED. */
  ask(
    method: 'GET' | 'POST',
    path: string,
    body?: Json,
    options?: RequestOptions,
  ): Promise<CallOutcome>;
  /** As `ask`, for callers to whom anything but a result is an exception. */
  request(
    method: 'GET' | 'POST',
    path: string,
    body?: Json,
    options?: RequestOptions,
  ): Promise<Json>;
  /** Asks the worker to cancel one call, or all of them. Whether it does shows in how the call ends. */
  cancel(callId: string | undefined, reason: string): Promise<void>;
  /** Ends the worker and its whole tree. A second, shorter budget overtakes a first. */
  stop(budget?: Partial<StopBudget>): Promise<WorkerExit>;
  /** The last lines of its output, for messages. */
  lastLines(): string[];
}
