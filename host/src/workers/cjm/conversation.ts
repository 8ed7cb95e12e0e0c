import { type Json, type JsonObject, type TracebackPolicy, wireError } from '@capstan/protocol';
import { defaults } from '../../defaults.ts';
import { messageOf } from '../../errors.ts';
import { breachError, type CallOutcome, ProtocolBreach } from '../answer.ts';
import type { WorkerExit } from '../ending.ts';
import { howItEnded } from '../how-it-ended.ts';
import type { Life } from '../life.ts';
import { watchOomKills } from '../oom.ts';
import type { OutputPump } from '../output.ts';
import { BodyReader, type Context, type StreamReader } from './bodies.ts';
import { underPolicy } from './errors.ts';
import { type Ask, CjmHttp } from './http.ts';
import { type Progress, progressOf } from './progress.ts';
import { valueOf } from './values.ts';

export interface ConversationParts {
  label: string;
  port: number;
  life: Life;
  pump: OutputPump;
  tracebacks: TracebackPolicy;
  /** For the diagnostics: what the worker did against its own protocol. */
  onProblem: (what: string) => void;
}

/** Questions to one worker and what it answers; whatever goes wrong with one is an outcome. */
export class Conversation {
  readonly #parts: ConversationParts;
  readonly #http: CjmHttp;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.#http = new CjmHttp(parts.port);
  }

  async end(): Promise<void> {
    await this.#http.destroy();
  }

  context(path: string, onFrame: Context['onFrame'] = () => undefined): Context {
    const { label, onProblem } = this.#parts;
    return { label, path, onProblem, onFrame };
  }

  /** A question with a small answer. */
  ask(ask: Ask, onFrame?: Context['onFrame']): Promise<CallOutcome> {
    return this.read(ask, new BodyReader(this.context(ask.path, onFrame), null));
  }

  async read(ask: Ask, reader: BodyReader | StreamReader): Promise<CallOutcome> {
    const { life, label, tracebacks } = this.#parts;
    if (life.hasEnded) return this.#lost('is gone');
    watchOomKills();
    try {
      await this.#http.send(ask, reader);
      const outcome = await reader.outcome();
      if (outcome === null) return await this.#lost('ended its answer within a value');
      if (outcome.kind !== 'error') return outcome;
      return { kind: 'error', error: underPolicy(outcome.error, tracebacks) };
    } catch (error) {
      await reader.abandon();
      const breach = breachOf(error);
      if (breach !== null) return { kind: 'error', error: breachError(label, breach) };
      const isGivenUp = ask.signal?.aborted === true;
      if (isGivenUp) return { kind: 'lost', error: this.#lostError('was given up') };
      return this.#lost(`broke the connection (${messageOf(error)})`);
    }
  }

  /** Null where it does not answer. */
  async progress(over: AbortSignal): Promise<Progress | null> {
    if (this.#parts.life.hasEnded) return null;
    const chunks: Buffer[] = [];
    const reader = {
      onStart: () => undefined,
      onData: (chunk: Buffer) => void chunks.push(chunk),
    };
    try {
      await this.#http.send({ method: 'GET', path: '/progress', body: null, signal: over }, reader);
      return progressOf(valueOf(Buffer.concat(chunks).toString('utf8')));
    } catch {
      return null;
    }
  }

  /** What the last call used; a worker keeps it until the next one begins. */
  async usage(): Promise<{ [unit: string]: number } | null> {
    const signal = AbortSignal.timeout(defaults.cancelGraceMs);
    const stats = await this.ask({ method: 'GET', path: '/stats', body: null, signal });
    return stats.kind === 'result' ? usageIn(stats.value) : null;
  }

  async #lost(what: string): Promise<CallOutcome> {
    const end = await howItEnded(this.#parts.life);
    return { kind: 'lost', error: this.#lostError(end?.message ?? what, end?.category) };
  }

  #lostError(what: string, category: WorkerExit['category'] = 'transient') {
    const { label, pump } = this.#parts;
    const output = pump.lastLines().map((line) => `\n  | ${line}`);
    return wireError({
      category,
      code: 'WORKER_LOST',
      message: `${label}: the worker ${what} during the call${output.length === 0 ? '' : `. Its last output:${output.join('')}`}`,
    });
  }
}

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
