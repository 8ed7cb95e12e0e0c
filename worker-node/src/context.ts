import {
  type Envelope,
  type Frame,
  isProgress,
  type JsonObject,
  type WireError,
  wireError,
  wireValue,
} from '@capstan/protocol';
import { CancelledError, InputError, TransientError } from './errors.ts';
import type { CacheEntry, CacheSource } from './cache.ts';
import { CallFolder, OutputFile } from './files.ts';
import { type Logger, log } from './log.ts';

/** What a capability's code can do and know during one call. Nothing in it is shared with another call. */
export interface Context<Config = JsonObject> {
  readonly callId: string;
  /** Who asks, and for what: ids of the job, run and node, and control flags. Null when nobody said. */
  readonly envelope: Envelope | null;
  /** The configuration in force, complete and checked. */
  readonly config: Config;
  /** Aborts on cancel and when the deadline passes. Hand it to `fetch` and its like. */
  readonly signal: AbortSignal;
  /** When the answer must be there, in milliseconds since the epoch. Null: whenever. */
  readonly deadline: number | null;
  /** `data` is private to the capability and kept; `models` is shared by all of the machine. */
  readonly dirs: { readonly data: string; readonly models: string };
  /** The call's own folder for what it writes; made on first use. */
  readonly dir: string;
  readonly log: Logger;
  /** How far the call is: 0 to 1, or -1 for "at work". */
  progress(progress: number, message?: string): void;
  /**
   * Carries out work during which the message keeps changing, `loading (2.5 s)`, so that a long phase without
   * progress of its own does not look like a hang. The progress number stays as it is. Code that computes
   * without a pause holds up the message, too: run it in a thread of its own.
   */
  heartbeat<Result>(
    phase: string,
    work: () => Promise<Result> | Result,
    intervalMs?: number,
  ): Promise<Result>;
  /** Throws when the call was cancelled or its deadline passed. Call it between steps. */
  checkCancel(): void;
  /** Calls back once on cancel, with the reason; at once if that has happened. Returns how to stop listening. */
  onCancel(callback: (reason: string) => void): () => void;
  /** What the call consumed so far, by unit, e.g. `{tokens: 812}`. */
  usage(usage: { [unit: string]: number }): void;
  /** A fact worth keeping in the journal. */
  account(type: string, payload: JsonObject): void;
  /** A file this call will write and return. */
  output(name: string, options?: { mediaType?: string }): OutputFile;
  /** A file this call has written, named by its path. */
  file(path: string, options?: { mediaType?: string }): OutputFile;
  /**
   * The cache folder for a result of this input under the configuration in force:
   * `return (await ctx.cacheDir('pages', pdf)).json(() => read(pdf))`. The input counts by its content; a text
   * is given as `{text}`. `config` replaces the whole configuration by the part that matters.
   */
  cacheDir(
    action: string,
    source: CacheSource,
    options?: { config?: JsonObject },
  ): Promise<CacheEntry>;
  /** The value of a secret the capability declared. */
  secret(name: string): string | undefined;
}

/** What the worker gives every call. */
export interface Surroundings {
  dirs: { data: string; models: string; calls: string };
  secrets: { readonly [name: string]: string };
  /** The configuration in force now. */
  config(): JsonObject;
}

type Ending = { kind: 'cancelled'; reason: string } | { kind: 'late'; afterMs: number };

export class CallContext implements Context {
  readonly callId: string;
  readonly envelope: Envelope | null;
  readonly deadline: number | null;
  readonly log: Logger = log;
  readonly folder: CallFolder;
  lastProgress = { progress: 0, message: '' };
  lastUsage: { [unit: string]: number } | null = null;
  readonly #surroundings: Surroundings;
  readonly #emit: (frame: Frame) => void;
  readonly #callbacks = new Set<(reason: string) => void>();
  #ending: Ending | null = null;
  #controller: AbortController | undefined;

  constructor(
    callId: string,
    envelope: Envelope | null,
    deadlineMs: number | null,
    surroundings: Surroundings,
    emit: (frame: Frame) => void,
  ) {
    this.callId = callId;
    this.envelope = envelope;
    this.deadline = deadlineMs === null ? null : Date.now() + deadlineMs;
    this.folder = new CallFolder(surroundings.dirs.calls, callId);
    this.#surroundings = surroundings;
    this.#emit = emit;
  }

  get config(): JsonObject {
    return this.#surroundings.config();
  }

  get dirs(): { data: string; models: string } {
    return this.#surroundings.dirs;
  }

  get dir(): string {
    return this.folder.path;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#ending !== null) this.#controller.abort(this.#endingError());
    }
    return this.#controller.signal;
  }

  progress(progress: number, message = ''): void {
    if (!isProgress(progress)) throw new InputError(`progress is 0 to 1, or -1, not ${progress}`);
    this.lastProgress = { progress, message };
    this.#emit({ event: 'progress', progress, message });
  }

  async heartbeat<Result>(
    phase: string,
    work: () => Promise<Result> | Result,
    intervalMs = 500,
  ): Promise<Result> {
    const start = performance.now();
    const stamp = (): void => {
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      this.progress(this.lastProgress.progress, `${phase} (${seconds} s)`);
    };
    stamp();
    const timer = setInterval(stamp, intervalMs);
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  }

  usage(usage: { [unit: string]: number }): void {
    this.lastUsage = { ...this.lastUsage, ...usage };
    this.#emit({ event: 'usage', usage: wireValue(this.lastUsage) as { [unit: string]: number } });
  }

  account(type: string, payload: JsonObject): void {
    this.#emit({ event: 'account', type, payload: wireValue(payload) as JsonObject });
  }

  checkCancel(): void {
    if (this.#ending !== null) throw this.#endingError();
  }

  onCancel(callback: (reason: string) => void): () => void {
    if (this.#ending === null) this.#callbacks.add(callback);
    else callback(this.#reason());
    return () => void this.#callbacks.delete(callback);
  }

  output(name: string, options: { mediaType?: string } = {}): OutputFile {
    return new OutputFile(this.folder.pathOf(name), options.mediaType);
  }

  file(path: string, options: { mediaType?: string } = {}): OutputFile {
    return new OutputFile(path, options.mediaType);
  }

  async cacheDir(
    action: string,
    source: CacheSource,
    { config }: { config?: JsonObject } = {},
  ): Promise<CacheEntry> {
    const { cacheEntry } = await import('./cache.ts'); // most capabilities have no cache
    const relevant = wireValue(config ?? this.config) as JsonObject;
    return cacheEntry(this.dirs.data, action, source, relevant, (event, payload) =>
      this.account(event, payload),
    );
  }

  secret(name: string): string | undefined {
    return this.#surroundings.secrets[name];
  }

  /** Asks the call to stop. The first reason stays; what the call does then is its own affair. */
  stop(ending: Ending): void {
    if (this.#ending !== null) return;
    this.#ending = ending;
    const reason = this.#reason();
    for (const callback of this.#callbacks) {
      try {
        callback(reason);
      } catch (error) {
        this.log.error('a cancel callback failed', error);
      }
    }
    this.#callbacks.clear();
    this.#controller?.abort(this.#endingError());
  }

  /** How the call ends when it was asked to stop, whatever it returned or threw; null if it was not. */
  endedBy(): WireError | null {
    if (this.#ending === null) return null;
    const { category, code, message } = this.#endingError();
    return wireError({ category, code, message });
  }

  #reason(): string {
    if (this.#ending?.kind === 'cancelled') return this.#ending.reason;
    return `the deadline of ${this.#ending?.afterMs} ms passed`;
  }

  #endingError(): CancelledError | TransientError {
    if (this.#ending?.kind === 'cancelled') {
      return new CancelledError(
        this.#ending.reason === ''
          ? 'the call was cancelled'
          : `the call was cancelled: ${this.#ending.reason}`,
      );
    }
    return new TransientError(this.#reason(), { code: 'DEADLINE_EXCEEDED' });
  }
}
