import { join } from 'node:path';
import { isTaggedFile, type Json } from '@capstan/protocol';
import { defaults } from '../../defaults.ts';
import { HostError } from '../../errors.ts';
import type { CallOutcome } from '../answer.ts';
import { askInTime, cancelledBefore } from '../asking.ts';
import type { WorkerExit } from '../ending.ts';
import type { LiveWorker } from '../live-worker.ts';
import type { CallRequest, RequestOptions } from '../request.ts';
import { resultOrThrow } from '../result-or-throw.ts';
import type { Child, WorkerSpec } from '../spawn.ts';
import { gracefulStop, type StopBudget, stopInStages } from '../stop.ts';
import { BodyReader, type Context, StreamReader } from './bodies.ts';
import { RunningCalls } from './cancelling.ts';
import { Conversation, type ConversationParts } from './conversation.ts';
import { translatorOf } from './endpoints.ts';
import { claimFiles } from './outputs.ts';
import { type Progress, watchProgress } from './progress.ts';
import { askOf } from './request.ts';

export interface CjmWorkerParts extends ConversationParts {
  session: string;
  child: Child;
  /** Below it each call has a folder of its own. */
  callsDir: string;
  /** The tool's own folder. */
  dataDir: string;
  outputOf: NonNullable<WorkerSpec['outputOf']>;
  /** Called with every piece of output, while somebody wants a sign of life. */
  signs: Set<() => void>;
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
  readonly #conversation: Conversation;
  readonly #calls: RunningCalls;
  /** What the last call left: it is no news of the next one. */
  #left: Promise<Progress | null> = Promise.resolve(null);
  #stopping: Promise<WorkerExit> | null = null;

  constructor(parts: CjmWorkerParts) {
    this.#parts = parts;
    this.session = parts.session;
    this.pid = parts.life.pid;
    this.address = `tcp:127.0.0.1:${parts.port}`;
    this.#conversation = new Conversation(parts);
    this.#calls = new RunningCalls(() => {
      const signal = AbortSignal.timeout(defaults.cancelGraceMs);
      return this.#conversation.ask({ method: 'POST', path: '/cancel', body: null, signal });
    });
    this.exited = parts.life.exited.then(async (exit) => {
      await this.#conversation.end();
      return exit;
    });
  }

  get isAlive(): boolean {
    return !this.#parts.life.hasEnded;
  }

  async call(request: CallRequest): Promise<CallOutcome> {
    const { callId, signal, onFrame } = request;
    if (signal?.aborted === true) return cancelledBefore(callId);
    const running = this.#calls.begin(callId);
    const cancel = () => void this.cancel(callId, '');
    signal?.addEventListener('abort', cancel, { once: true });
    const unwatch = await this.#watchProgress(onFrame);
    try {
      const outcome = await this.#carryOut(request);
      unwatch();
      await this.#tellUsage(request, outcome);
      return outcome;
    } finally {
      unwatch();
      signal?.removeEventListener('abort', cancel);
      this.#calls.end(running);
      const soon = AbortSignal.timeout(defaults.cjmProgressPollMs);
      if (onFrame !== undefined) this.#left = this.#conversation.progress(soon);
    }
  }

  async ask(
    method: 'GET' | 'POST',
    path: string,
    body?: Json,
    options: RequestOptions = {},
  ): Promise<CallOutcome> {
    const { onFrame } = options;
    return askInTime(this.#parts.label, path, options, async (over) => {
      const unwatch = await this.#watchSigns(onFrame);
      try {
        const question = { method, path, body, inFlight: this.#calls.ids };
        return await translatorOf(path)((verb, theirs, given) => {
          const text = given === undefined ? null : JSON.stringify(given);
          const ask = { method: verb, path: theirs, body: text, signal: over };
          return this.#conversation.ask(ask, onFrame);
        }, question);
      } finally {
        unwatch();
      }
    });
  }

  async request(
    method: 'GET' | 'POST',
    path: string,
    body?: Json,
    options: RequestOptions = {},
  ): Promise<Json> {
    return resultOrThrow(await this.ask(method, path, body, options), path);
  }

  cancel(callId: string | undefined, _reason: string): Promise<void> {
    return this.#calls.cancel(callId);
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

  async #carryOut(request: CallRequest): Promise<CallOutcome> {
    const ask = askOf(request);
    const { callId, onFrame = () => undefined, onChunk = chunkFrames(onFrame) } = request;
    const context = this.#conversation.context(ask.path, onFrame);
    const reader =
      ask.path === '/execute_stream'
        ? new StreamReader(context, onChunk)
        : new BodyReader(context, join(this.#parts.callsDir, callId));
    const outcome = await this.#conversation.read(ask, reader);
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

  /** A stream does not clear what an earlier call used, and of several calls nobody knows whose it is. */
  async #tellUsage({ onFrame, stream }: CallRequest, { kind }: CallOutcome): Promise<void> {
    const isKnown = kind !== 'lost' && stream !== true && this.#calls.ids.length === 1;
    if (onFrame === undefined || !isKnown) return;
    const usage = await this.#conversation.usage();
    if (usage !== null) await onFrame({ event: 'usage', usage });
  }

  async #watchProgress(onFrame: Context['onFrame'] | undefined): Promise<() => void> {
    if (onFrame === undefined) return () => undefined;
    const look = (over: AbortSignal) => this.#conversation.progress(over);
    return watchProgress(look, await this.#left, onFrame);
  }

  /**
   * While it is initialized it may answer nothing, for that runs where it answers; then what it prints is the
   * only sign that it still works.
   */
  async #watchSigns(onFrame: Context['onFrame'] | undefined): Promise<() => void> {
    if (onFrame === undefined) return () => undefined;
    const { signs } = this.#parts;
    const sign = () => {
      const line = this.lastLines().at(-1) ?? '';
      void onFrame({ event: 'progress', progress: -1, message: line });
    };
    const unwatch = await this.#watchProgress(onFrame);
    signs.add(sign);
    return () => {
      unwatch();
      signs.delete(sign);
    };
  }
}

const chunkFrames = (onFrame: Context['onFrame']) => (value: Json) =>
  onFrame({ event: 'chunk', value });
