import { join } from 'node:path';
import {
  isTaggedFile,
  type Json,
  type JsonObject,
  type TracebackPolicy,
  wireError,
} from '@capstan/protocol';
import { defaults } from '../../defaults.ts';
import { type ErrorCode, errorTable } from '../../error-table.ts';
import { HostError, messageOf } from '../../errors.ts';
import { breachError, type CallOutcome, ProtocolBreach } from '../answer.ts';
import type { WorkerExit } from '../ending.ts';
import { howItEnded } from '../how-it-ended.ts';
import type { Life } from '../life.ts';
import type { LiveWorker } from '../live-worker.ts';
import { watchOomKills } from '../oom.ts';
import type { OutputPump } from '../output.ts';
import type { CallRequest, RequestOptions } from '../request.ts';
import type { Child, WorkerSpec } from '../spawn.ts';
import { gracefulStop, type StopBudget, stopInStages } from '../stop.ts';
import { BodyReader, type Context, StreamReader } from './bodies.ts';
import { underPolicy } from './errors.ts';
import { translatorOf } from './endpoints.ts';
import { type Ask, CjmHttp, type Reader } from './http.ts';
import { claimFiles } from './outputs.ts';
import { type Progress, progressOf, watchProgress } from './progress.ts';
import { askOf } from './request.ts';
import { valueOf } from './values.ts';

export interface CjmWorkerParts {
  label: string;
  session: string;
  port: number;
  /** Below it each call has a folder of its own. */
  callsDir: string;
  /** The tool's own folder. */
  dataDir: string;
  outputOf: NonNullable<WorkerSpec['outputOf']>;
  life: Life;
  child: Child;
  pump: OutputPump;
  tracebacks: TracebackPolicy;
  /** Called with every piece of output, while somebody wants a sign of life. */
  signs: Set<() => void>;
  /** For the diagnostics: what the worker did against its own protocol. */
  onProblem: (what: string) => void;
}

interface RunningCall {
  callId: string;
  isCancelled: boolean;
}

/**
 * An unmodified worker of the reference system behind the same interface as one of ours. Its cancel flag, its
 * progress and its usage belong to the worker and not to a call, which is exact for one call at a time; that
 * is why such capabilities have one slot unless they declare more.
 */
export class CjmWorker implements LiveWorker {
  readonly dialect = 'cjm';
  readonly session: string;
  readonly pid: number;
  readonly address: string;
  readonly exited: Promise<WorkerExit>;
  readonly #parts: CjmWorkerParts;
  readonly #http: CjmHttp;
  readonly #running = new Set<RunningCall>();
  /** What the last call left: it is no news of the next one. */
  #left: Promise<Progress | null> = Promise.resolve(null);
  #stopping: Promise<WorkerExit> | null = null;

  constructor(parts: CjmWorkerParts) {
    this.#parts = parts;
    this.session = parts.session;
    this.pid = parts.life.pid;
    this.address = `tcp:127.0.0.1:${parts.port}`;
    this.#http = new CjmHttp(parts.port);
    this.exited = parts.life.exited.then(async (exit) => {
      await this.#http.destroy();
      return exit;
    });
  }

  get isAlive(): boolean {
    return !this.#parts.life.hasEnded;
  }

  async call(request: CallRequest): Promise<CallOutcome> {
    const { callId, signal, onFrame } = request;
    if (signal?.aborted === true) return { kind: 'error', error: this.#cancelledBefore(callId) };
    const running: RunningCall = { callId, isCancelled: false };
    this.#running.add(running);
    const cancel = () => void this.cancel(callId, '');
    signal?.addEventListener('abort', cancel, { once: true });
    const before = await this.#left;
    const unwatch =
      onFrame === undefined
        ? () => {}
        : watchProgress((over) => this.#lookAtProgress(over), before, onFrame);
    try {
      const outcome = await this.#carryOut(request, running);
      unwatch();
      await this.#tellUsage(request, outcome);
      return outcome;
    } finally {
      unwatch();
      signal?.removeEventListener('abort', cancel);
      this.#running.delete(running);
      if (onFrame !== undefined && this.isAlive) {
        this.#left = this.#lookAtProgress(AbortSignal.timeout(defaults.cjmProgressPollMs));
      }
    }
  }

  async ask(
    method: 'GET' | 'POST',
    path: string,
    body?: Json,
    options: RequestOptions = {},
  ): Promise<CallOutcome> {
    const { timeoutMs, signal, onFrame } = options;
    const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
    const signals = [signal, timeout].filter((each) => each !== undefined);
    const over = signals.length === 0 ? undefined : AbortSignal.any(signals);
    const unwatch = onFrame === undefined ? () => {} : await this.#watchSigns(onFrame);
    try {
      const outcome = await translatorOf(path)(
        (theirMethod, theirPath, theirBody) =>
          this.#plain(
            {
              method: theirMethod,
              path: theirPath,
              body: theirBody === undefined ? null : JSON.stringify(theirBody),
              signal: over,
            },
            onFrame,
          ),
        { method, path, body, inFlight: Array.from(this.#running, ({ callId }) => callId) },
      );
      if (outcome.kind !== 'lost' || timeout?.aborted !== true) return outcome;
    } finally {
      unwatch();
    }
    return {
      kind: 'error',
      error: wireError({
        category: 'transient',
        code: 'DEADLINE_EXCEEDED',
        message: `${this.#parts.label}: no answer to ${path} within ${timeoutMs} ms`,
      }),
    };
  }

  async request(
    method: 'GET' | 'POST',
    path: string,
    body?: Json,
    options: RequestOptions = {},
  ): Promise<Json> {
    const outcome = await this.ask(method, path, body, options);
    if (outcome.kind === 'result') return outcome.value;
    const { code, category, message, hint } = outcome.error;
    throw new HostError(isErrorCode(code) ? code : 'WORKER_PROTOCOL', message, {
      category,
      ...(hint === undefined ? {} : { hint }),
      details: { path, error: outcome.error },
    });
  }

  /**
   * Raises that worker's one cancel flag, if the call it is meant for still runs. A call clears the flag as
   * it begins, so the cancel is repeated until the call has ended.
   */
  async cancel(callId: string | undefined, _reason: string): Promise<void> {
    const meant = [...this.#running].filter(
      (each) => callId === undefined || each.callId === callId,
    );
    const [first] = meant.filter((each) => !each.isCancelled);
    for (const each of meant) each.isCancelled = true;
    if (first === undefined) return;
    await this.#raiseFlag();
    void this.#raiseAgain(meant);
  }

  async #raiseAgain(meant: readonly RunningCall[]): Promise<void> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, until it is heard
      await sleep(defaults.cjmCancelAgainMs);
      if (!this.isAlive || !meant.some((each) => this.#running.has(each))) return;
      // oxlint-disable-next-line no-await-in-loop
      await this.#raiseFlag();
    }
  }

  async #raiseFlag(): Promise<void> {
    const signal = AbortSignal.timeout(defaults.cancelGraceMs);
    await this.#plain({ method: 'POST', path: '/cancel', body: null, signal });
  }

  stop(budget: Partial<StopBudget> = {}): Promise<WorkerExit> {
    const { life, child } = this.#parts;
    // It does not read its stdin, and so is told nothing by its end.
    const stages = { ...gracefulStop, ...budget, stdinMs: 0 };
    const isKill = stages.cleanupMs + stages.termMs === 0;
    if (this.#stopping === null || isKill) {
      this.#stopping = stopInStages(life, child, stages, (timeoutMs) =>
        this.ask('POST', '/cleanup', undefined, { timeoutMs }),
      ).then(() => this.exited);
    }
    return this.#stopping;
  }

  lastLines(): string[] {
    return this.#parts.pump.lastLines();
  }

  async #carryOut(request: CallRequest, running: RunningCall): Promise<CallOutcome> {
    const ask = askOf(request);
    const { onFrame = () => undefined, onChunk = chunkFrames(onFrame) } = request;
    const context: Context = { ...this.#contextOf(ask.path), onFrame };
    const reader =
      ask.path === '/execute_stream'
        ? new StreamReader(context, onChunk)
        : new BodyReader(context, join(this.#parts.callsDir, running.callId));
    const outcome = await this.#read(ask, reader);
    return outcome.kind === 'result' ? this.#withFiles(outcome.value, request) : outcome;
  }

  /** A stream's values and results that went to a file are as they are. */
  async #withFiles(value: Json, request: CallRequest): Promise<CallOutcome> {
    const { outputOf, callsDir, dataDir } = this.#parts;
    const { callId, target, kwargs, stream } = request;
    if (stream === true || isTaggedFile(value)) return { kind: 'result', value };
    const places = { dataDir, callDir: join(callsDir, callId), given: kwargs };
    try {
      return { kind: 'result', value: await claimFiles(value, outputOf(target), places) };
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      return { kind: 'error', error: error.toWire(new Date().toISOString()) };
    }
  }

  #plain(ask: Ask, onFrame: Context['onFrame'] = () => undefined): Promise<CallOutcome> {
    return this.#read(ask, new BodyReader({ ...this.#contextOf(ask.path), onFrame }, null));
  }

  #contextOf(path: string): Omit<Context, 'onFrame'> {
    return { label: this.#parts.label, path, onProblem: this.#parts.onProblem };
  }

  async #read(
    ask: Ask,
    reader: Reader & { outcome(): Promise<CallOutcome | null> },
  ): Promise<CallOutcome> {
    if (this.#parts.life.hasEnded) return this.#lost('is gone');
    watchOomKills();
    try {
      await this.#http.send(ask, reader);
      const outcome = await reader.outcome();
      if (outcome === null) return await this.#lost('ended its answer within a value');
      if (outcome.kind !== 'error') return outcome;
      return { kind: 'error', error: underPolicy(outcome.error, this.#parts.tracebacks) };
    } catch (error) {
      const breach = breachOf(error);
      if (breach !== null) return { kind: 'error', error: breachError(this.#parts.label, breach) };
      if (ask.signal?.aborted === true) {
        return { kind: 'lost', error: this.#lostError('was given up') };
      }
      return this.#lost(`broke the connection (${messageOf(error)})`);
    }
  }

  /** What a call used is kept by the worker until the next one begins. A stream does not clear it before. */
  async #tellUsage({ onFrame, stream }: CallRequest, { kind }: CallOutcome): Promise<void> {
    if (onFrame === undefined || kind === 'lost' || stream === true || this.#running.size > 1)
      return;
    const signal = AbortSignal.timeout(defaults.cancelGraceMs);
    const stats = await this.#plain({ method: 'GET', path: '/stats', body: null, signal });
    const usage = stats.kind === 'result' ? usageIn(stats.value) : null;
    if (usage !== null) await onFrame({ event: 'usage', usage });
  }

  async #lookAtProgress(over: AbortSignal): Promise<Progress | null> {
    if (!this.isAlive) return null;
    let text = '';
    const reader: Reader = {
      onStart: () => {},
      onData: (chunk) => void (text += chunk.toString()),
    };
    try {
      await this.#http.send({ method: 'GET', path: '/progress', body: null, signal: over }, reader);
      return progressOf(valueOf(text));
    } catch {
      return null;
    }
  }

  /**
   * While it is initialized it may answer nothing, for that runs where it answers; then what it prints is the
   * only sign that it still works.
   */
  async #watchSigns(onFrame: Context['onFrame']): Promise<() => void> {
    const sign = () => {
      const line = this.lastLines().at(-1) ?? '';
      void onFrame({ event: 'progress', progress: -1, message: line });
    };
    const before = await this.#left;
    const unwatch = watchProgress((over) => this.#lookAtProgress(over), before, onFrame);
    this.#parts.signs.add(sign);
    return () => {
      unwatch();
      this.#parts.signs.delete(sign);
    };
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

  #cancelledBefore(callId: string) {
    return wireError({
      category: 'cancelled',
      code: 'CANCELLED',
      message: `the call ${callId} was cancelled before it was sent`,
    });
  }
}

const chunkFrames = (onFrame: Context['onFrame']) => (value: Json) =>
  onFrame({ event: 'chunk', value });

function breachOf(error: unknown): ProtocolBreach | null {
  if (error instanceof ProtocolBreach) return error;
  if (!(error instanceof Error)) return null;
  if (error.name === 'HTTPParserError') {
    return new ProtocolBreach(`does not speak HTTP: ${error.message}`);
  }
  return error.name === 'HeadersOverflowError'
    ? new ProtocolBreach('answered with a header that is too large to be read')
    : null;
}

function usageIn(stats: Json): { [unit: string]: number } | null {
  const usage = (stats as JsonObject | null)?.['usage'];
  if (typeof usage !== 'object' || usage === null || Array.isArray(usage)) return null;
  const units = Object.entries(usage).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  return units.length === 0 ? null : Object.fromEntries(units);
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorTable, code);

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms).unref());
