import { Worker } from 'node:worker_threads';
import { HostError, messageOf } from '../../errors.ts';
import { received } from '../../stores/writer/messages.ts';
import type { LedgerOptions } from '../ledger.ts';
import { thisMachine } from '../machine.ts';
import type { LedgerService } from '../service.ts';
import type { Asked, FromThread, ToThread } from './messages.ts';

interface Pending {
  resolve(value: never): void;
  reject(error: unknown): void;
}

type Method = Exclude<keyof LedgerService, 'onChange' | 'close'>;

/**
 * A ledger in a thread of its own, which commits what arrived together as one: a program that has other things to do
 * never waits for a disk, or for another process that writes.
 */
export class LedgerThread implements LedgerService {
  readonly #worker: Worker;
  readonly #path: string;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<() => void>();
  #outbox: Asked[] = [];
  #nextId = 1;
  #dead: HostError | null = null;
  #closing: Promise<void> | null = null;
  #closed: () => void = () => {};

  private constructor(worker: Worker, path: string) {
    this.#worker = worker;
    this.#path = path;
    worker.on('message', (message: FromThread) => this.#hear(message));
    worker.on('error', (error) => this.#die(`its thread broke: ${messageOf(error)}`));
    worker.on('exit', () => this.#die('it is closed'));
  }

  /** Throws LEDGER_UNREADABLE. */
  static async open(
    path: string,
    options: Omit<LedgerOptions, 'machine'> = {},
  ): Promise<LedgerThread> {
    const worker = new Worker(threadUrl, { workerData: { path, options }, name: 'capstan leases' });
    await new Promise<void>((resolve, reject) => {
      worker.once('error', reject);
      worker.once('message', (message: FromThread) => {
        worker.off('error', reject);
        if (message.kind === 'refused') reject(received(message.error));
        else resolve();
      });
    });
    return new LedgerThread(worker, path);
  }

  readonly acquire = this.#asking('acquire');
  readonly peek = this.#asking('peek');
  readonly release = this.#asking('release');
  readonly renew = this.#asking('renew');
  readonly adopt = this.#asking('adopt');
  readonly halt = this.#asking('halt');
  readonly spawn = this.#asking('spawn');
  readonly check = this.#asking('check');
  readonly attribute = this.#asking('attribute');
  readonly leaveLine = this.#asking('leaveLine');
  readonly guardFile = this.#asking('guardFile');
  readonly state = this.#asking('state');
  readonly log = this.#asking('log');
  readonly compact = this.#asking('compact');
  readonly verify = this.#asking('verify');

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#send({ kind: 'watch', isOn: true });
    return () => {
      const wasThere = this.#listeners.delete(listener);
      if (wasThere && this.#listeners.size === 0) this.#send({ kind: 'watch', isOn: false });
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#dead !== null) return;
    const closed = new Promise<void>((resolve) => {
      this.#closed = resolve;
    });
    this.#flush();
    this.#send({ kind: 'close' });
    await closed;
    await this.#worker.terminate();
  }

  #asking<Name extends Method>(name: Name): LedgerService[Name] {
    const ask = (...args: unknown[]): Promise<unknown> => this.#ask(name, args);
    return ask as unknown as LedgerService[Name];
  }

  #ask(name: Method, args: unknown[]): Promise<unknown> {
    if (this.#dead !== null) return Promise.reject(this.#dead);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      // What else this turn of the event loop asks for shares the commit.
      if (this.#outbox.length === 0) setImmediate(() => this.#flush());
      this.#outbox.push({ id, name, args, startedMs: thisMachine().bootMs() });
    });
  }

  #flush(): void {
    const these = this.#outbox;
    this.#outbox = [];
    if (these.length > 0) this.#send({ kind: 'asked', these });
  }

  #send(message: ToThread): void {
    if (this.#dead === null) this.#worker.postMessage(message);
  }

  #hear(message: FromThread): void {
    switch (message.kind) {
      case 'told':
        for (const told of message.these) {
          const pending = this.#pending.get(told.id);
          this.#pending.delete(told.id);
          if ('error' in told) pending?.reject(received(told.error));
          else pending?.resolve(told.value as never);
        }
        if (message.hasChanged) this.#tell();
        return;
      case 'changed':
        return this.#tell();
      case 'closed':
        this.#closed();
        return this.#die('it is closed');
      case 'open':
      case 'refused':
        return;
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #die(why: string): void {
    if (this.#dead !== null) return;
    this.#dead = new HostError(
      'LEDGER_UNREADABLE',
      `the ledger ${this.#path} cannot be asked: ${why}`,
    );
    for (const pending of this.#pending.values()) pending.reject(this.#dead);
    this.#pending.clear();
    this.#closed();
  }
}

/** Sources run as they are here, and compiled where Capstan is installed. */
const threadUrl = new URL(
  import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js',
  import.meta.url,
);
