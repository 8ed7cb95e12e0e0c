import { Worker } from 'node:worker_threads';
import { defaults } from '../../defaults.ts';
import { HostError, messageOf } from '../../errors.ts';
import type { JournaledEvent } from '../events.ts';
import {
  type AcceptedJob,
  type Answer,
  eventsIn,
  type FromWriter,
  type Request,
  received,
  type SentError,
  type ToWriter,
  type WriterOptions,
} from './messages.ts';
import type { Arguments, OperationName, Result } from './operations/index.ts';

/** Why nothing new is accepted, since when. */
export interface Wedge {
  cause: HostError;
  sinceMs: number;
}

interface Pending extends Request {
  resolve(value: unknown): void;
  reject(error: HostError): void;
  /** Kept and sent again after a failed commit, instead of being refused. */
  isEssential: boolean;
  /** Not with the writer: to be sent as soon as that takes it. */
  isHeld: boolean;
}

/**
 * The store's end of the line to its writer. Requests of one turn of the event loop go in one message.
 * Requests that report what has already happened are *essential*: after a failed commit they are held
 * in their order and sent again once a check has succeeded, or once there is room for reports at least.
 * All others are refused, so that no caller takes for accepted what is not on disk.
 */
export class WriterLink {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #outbox: Request[] = [];
  #flushSoon: NodeJS.Immediate | undefined;
  #flushTimer: NodeJS.Timeout | undefined;
  #nextId = 1;
  #wedge: Wedge | null = null;
  /** In a wedge: whether what has happened can be written nevertheless. */
  #takesReports = true;
  #retry: NodeJS.Timeout | undefined;
  #closed: (() => void) | undefined;
  #dead: HostError | null = null;

  onCommitted: (events: JournaledEvent[], accepted: readonly AcceptedJob[]) => void = () => {};
  onWedgeChange: (wedge: Wedge | null) => void = () => {};
  onWarning: (message: string) => void = () => {};

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (message: FromWriter) => this.#hear(message));
    worker.on('error', (error) => this.#die(`the store's writer broke: ${messageOf(error)}`));
    worker.on('exit', () => this.#die("the store's writer has ended"));
  }

  static async open(options: WriterOptions): Promise<WriterLink> {
    const worker = new Worker(threadUrl, {
      workerData: options,
      name: 'capstan store',
      // Left to itself the young heap grows to 64 MB, for values that are gone a moment later.
      resourceLimits: { maxYoungGenerationSizeMb: defaults.storeYoungMiB },
    });
    await new Promise<void>((resolve, reject) => {
      worker.once('error', reject);
      worker.once('message', (message: FromWriter) => {
        worker.off('error', reject);
        if (message.kind === 'refused') reject(received(message.error));
        else resolve();
      });
    });
    return new WriterLink(worker);
  }

  get wedged(): Wedge | null {
    return this.#wedge;
  }

  refusable<Name extends OperationName>(
    operation: Name,
    args: Arguments<Name>,
  ): Promise<Result<Name>> {
    if (this.#wedge !== null) return Promise.reject(wedgedError(this.#wedge));
    return this.#request(operation, args, false);
  }

  essential<Name extends OperationName>(
    operation: Name,
    args: Arguments<Name>,
  ): Promise<Result<Name>> {
    return this.#request(operation, args, true);
  }

  /** Essential, but in no hurry: it goes with the next request, or alone after a moment. */
  unhurried<Name extends OperationName>(
    operation: Name,
    args: Arguments<Name>,
  ): Promise<Result<Name>> {
    return this.#request(operation, args, true, defaults.unhurriedWriteMs);
  }

  async close(): Promise<void> {
    clearTimeout(this.#retry);
    if (this.#dead !== null) return;
    const closed = new Promise<void>((resolve) => {
      this.#closed = resolve;
    });
    this.#flush();
    // One last try for what is held: a wedge may have passed since the last check.
    if (this.#wedge !== null) this.#check();
    else this.#send({ kind: 'close' });
    await closed;
    await this.#worker.terminate();
  }

  #request<Name extends OperationName>(
    operation: Name,
    args: Arguments<Name>,
    isEssential: boolean,
    delayMs = 0,
  ): Promise<Result<Name>> {
    if (this.#dead !== null) return Promise.reject(this.#dead);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const request = { id, operation, args };
      const isHeld = !this.#takesReports;
      this.#pending.set(id, { ...request, resolve, reject, isEssential, isHeld });
      if (isHeld) return;
      this.#outbox.push(request);
      this.#flushLater(delayMs);
    });
  }

  /** Never at once: what else this turn of the event loop asks for shares the commit. */
  #flushLater(delayMs: number): void {
    if (delayMs > 0) this.#flushTimer ??= setTimeout(() => this.#flush(), delayMs);
    else this.#flushSoon ??= setImmediate(() => this.#flush());
  }

  #flush(): void {
    clearTimeout(this.#flushTimer);
    clearImmediate(this.#flushSoon);
    this.#flushTimer = undefined;
    this.#flushSoon = undefined;
    const requests = this.#outbox;
    if (requests.length === 0) return;
    this.#outbox = [];
    this.#send({ kind: 'requests', requests });
  }

  #send(message: ToWriter): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromWriter): void {
    switch (message.kind) {
      case 'committed':
        // Subscribers first: whoever awaits an answer may rely on its events having been told.
        if (message.events.length > 0) {
          this.onCommitted(eventsIn(message.events), message.accepted);
        }
        for (const answer of message.answers) this.#answer(answer);
        for (const id of message.unwritten ?? []) this.#keep(id);
        return;
      case 'unwritten':
        return this.#hold(message.ids, message.cause);
      case 'checked':
        return this.#checked(message);
      case 'warning':
        return this.onWarning(message.message);
      case 'closed':
        this.#closed?.();
        return this.#die('the store is closed');
      case 'open':
      case 'refused':
        return;
    }
  }

  #answer(answer: Answer): void {
    const pending = this.#pending.get(answer.id);
    if (pending === undefined) return;
    this.#pending.delete(answer.id);
    if ('error' in answer) pending.reject(received(answer.error));
    else pending.resolve(answer.value);
  }

  #hold(ids: number[], sent: SentError): void {
    const cause = received(sent);
    this.#takesReports = false;
    for (const id of ids) {
      const pending = this.#pending.get(id);
      if (pending === undefined || pending.isEssential) this.#keep(id);
      else {
        this.#pending.delete(id);
        pending.reject(cause);
      }
    }
    // What was not even sent yet is refused or held like the rest.
    const unsent = this.#outbox.splice(0).map(({ id }) => id);
    if (unsent.length > 0) this.#hold(unsent, sent);
    if (this.#wedge !== null) return;
    this.#wedge = { cause, sinceMs: Date.now() };
    this.onWedgeChange(this.#wedge);
    this.#check();
  }

  #keep(id: number): void {
    const pending = this.#pending.get(id);
    if (pending !== undefined) pending.isHeld = true;
  }

  #check(): void {
    clearTimeout(this.#retry);
    this.#send({ kind: 'check', nowMs: Date.now() });
  }

  #checked({ cause, takesReports, events }: FromWriter & { kind: 'checked' }): void {
    if (events.length > 0) this.onCommitted(eventsIn(events), []);
    this.#takesReports = takesReports;
    if (takesReports) this.#sendHeld();
    if (cause === null) {
      if (this.#wedge !== null) {
        this.#wedge = null;
        this.onWedgeChange(null);
      }
    } else {
      this.#wedge = { cause: received(cause), sinceMs: this.#wedge?.sinceMs ?? Date.now() };
      clearTimeout(this.#retry);
      if (this.#closed === undefined) {
        this.#retry = setTimeout(() => this.#check(), defaults.storeCheckMs).unref();
      }
    }
    if (this.#closed !== undefined) this.#send({ kind: 'close' });
  }

  /** In the order in which they were asked for. */
  #sendHeld(): void {
    const requests: Request[] = [];
    for (const pending of this.#pending.values()) {
      if (!pending.isHeld) continue;
      pending.isHeld = false;
      const { id, operation, args } = pending;
      requests.push({ id, operation, args });
    }
    if (requests.length > 0) this.#send({ kind: 'requests', requests });
  }

  #die(why: string): void {
    if (this.#dead !== null) return;
    const unfinished = this.#wedge === null ? why : `${why}; ${this.#wedge.cause.message}`;
    this.#dead = new HostError('STORE_WRITE_FAILED', unfinished);
    clearTimeout(this.#retry);
    for (const pending of this.#pending.values()) pending.reject(this.#dead);
    this.#pending.clear();
    this.#closed?.();
  }
}

function wedgedError({ cause }: Wedge): HostError {
  return new HostError('STORE_WEDGED', `nothing new is accepted: ${cause.message}`, {
    ...(cause.hint === undefined ? {} : { hint: cause.hint }),
    cause,
    details: { ...cause.details, cause: cause.message },
  });
}

/** Sources run as they are here, and compiled where Capstan is installed. */
const threadUrl = new URL(
  import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js',
  import.meta.url,
);
