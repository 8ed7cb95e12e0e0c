import { type Json, wireError } from '@capstan/protocol';
import { messageOf } from '../errors.ts';
import {
  Answer,
  type AnswerListener,
  breachError,
  type CallOutcome,
  ProtocolBreach,
} from './answer.ts';
import { askInTime, cancelledBefore } from './asking.ts';
import { Connection, type Exchange } from './connection.ts';
import type { WorkerExit } from './ending.ts';
import { howItEnded } from './how-it-ended.ts';
import type { Life } from './life.ts';
import type { LiveWorker } from './live-worker.ts';
import { watchOomKills } from './oom.ts';
import type { OutputPump } from './output.ts';
import { type CallRequest, exchangeOf, jsonHeaders, type RequestOptions } from './request.ts';
import { resultOrThrow } from './result-or-throw.ts';
import type { Child } from './spawn.ts';
import { gracefulStop, type StopBudget, stopInStages } from './stop.ts';

export interface WorkerParts {
  label: string;
  session: string;
  address: string;
  token: string;
  life: Life;
  child: Child;
  pump: OutputPump;
}

/** A ready worker: one process tree that answers calls. Made by `startWorker`. */
export class Worker implements LiveWorker {
  readonly dialect = 'capstan';
  readonly session: string;
  readonly pid: number;
  readonly address: string;
  /** Resolves when the whole process tree is gone, whatever the reason. */
  readonly exited: Promise<WorkerExit>;
  readonly #parts: WorkerParts;
  readonly #connection: Connection;
  #stopping: Promise<WorkerExit> | null = null;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    this.session = parts.session;
    this.pid = parts.life.pid;
    this.address = parts.address;
    this.#connection = new Connection(parts.address, parts.token);
    this.exited = parts.life.exited.then(async (exit) => {
      await this.#connection.destroy();
      return exit;
    });
  }

  /** Whether the worker itself still runs; `exited` comes a little later, when its tree is gone too. */
  get isAlive(): boolean {
    return !this.#parts.life.hasEnded;
  }

  /** Never rejects for what a worker does; every way a call can go wrong is an outcome. */
  async call(request: CallRequest): Promise<CallOutcome> {
    const { callId, signal } = request;
    if (signal?.aborted === true) return cancelledBefore(callId);
    const cancel = () => void this.cancel(callId, reasonOf(signal));
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await this.#ask(exchangeOf(request), request);
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Any other endpoint. The outcome of a request given up after `timeoutMs` is DEADLINE_EXCEEDED. */
  async ask(
    method: 'GET' | 'POST',
    path: string,
    body?: Json,
    options: RequestOptions = {},
  ): Promise<CallOutcome> {
    const wantsFrames = options.onFrame !== undefined;
    return askInTime(this.#parts.label, path, options, (over) =>
      this.#ask(
        {
          method,
          path,
          headers: jsonHeaders(wantsFrames),
          body: body === undefined ? null : JSON.stringify(body),
          ...(over === undefined ? {} : { signal: over }),
        },
        options,
      ),
    );
  }

  /** As `ask`, for callers to whom anything but a result is an exception. */
  async request(
    method: 'GET' | 'POST',
    path: string,
    body?: Json,
    options: RequestOptions = {},
  ): Promise<Json> {
    return resultOrThrow(await this.ask(method, path, body, options), path);
  }

  /** Asks the worker to cancel one call, or all of them. Whether it does shows in how the call ends. */
  async cancel(callId: string | undefined, reason: string): Promise<void> {
    await this.ask('POST', '/cancel', {
      ...(callId === undefined ? {} : { call: callId }),
      reason,
    });
  }

  /** Ends the worker and its whole tree. A second, shorter budget overtakes a first. */
  stop(budget: Partial<StopBudget> = {}): Promise<WorkerExit> {
    const { life, child } = this.#parts;
    const stages = { ...gracefulStop, ...budget };
    const isKill = stages.cleanupMs + stages.stdinMs + stages.termMs === 0;
    if (this.#stopping === null || isKill) {
      this.#stopping = stopInStages(life, child, stages, (timeoutMs) =>
        this.ask('POST', '/cleanup', undefined, { timeoutMs }),
      ).then(() => this.exited);
    }
    return this.#stopping;
  }

  /** The last lines of its output, for messages. */
  lastLines(): string[] {
    return this.#parts.pump.lastLines();
  }

  async #ask(exchange: Exchange, listener: AnswerListener): Promise<CallOutcome> {
    if (this.#parts.life.hasEnded) return this.#lost('is gone');
    watchOomKills();
    const answer = new Answer(listener);
    try {
      await this.#connection.send(exchange, answer);
      return answer.outcome() ?? (await this.#lost('ended its answer without a result'));
    } catch (error) {
      const breach = breachOf(error);
      if (breach !== null) return { kind: 'error', error: breachError(this.#parts.label, breach) };
      if (exchange.signal?.aborted === true)
        return { kind: 'lost', error: this.#lostError('was given up') };
      return this.#lost(`broke the connection (${messageOf(error)})`);
    }
  }

  async #lost(what: string): Promise<CallOutcome> {
    const end = await howItEnded(this.#parts.life);
    return { kind: 'lost', error: this.#lostError(end?.message ?? what, end?.category) };
  }

  #lostError(what: string, category: WorkerExit['category'] = 'transient') {
    const output = this.lastLines().map((line) => `\n  | ${line}`);
    return wireError({
      category,
      code: 'WORKER_LOST',
      message: `${this.#parts.label}: the worker ${what} during the call${output.length === 0 ? '' : `. Its last output:${output.join('')}`}`,
    });
  }
}

function breachOf(error: unknown): ProtocolBreach | null {
  if (error instanceof ProtocolBreach) return error;
  const isNotHttp = error instanceof Error && error.name === 'HTTPParserError';
  return isNotHttp ? new ProtocolBreach(`does not speak HTTP: ${error.message}`) : null;
}

const reasonOf = (signal: AbortSignal | undefined): string =>
  messageOf(signal?.reason ?? 'cancelled');
