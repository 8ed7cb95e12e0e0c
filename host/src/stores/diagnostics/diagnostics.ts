import { Worker } from 'node:worker_threads';
import { type Clock, isoFromMs } from '../../clock.ts';
import { defaults } from '../../defaults.ts';
import type { DiagnosticLine } from './line.ts';
import type { DiagnosticsThreadOptions, FromDiagnostics, ToDiagnostics } from './thread.ts';

/**
 * The narrative: log records and raw output of workers, in a file that may be deleted at any time. Adding
 * a line costs an array element; lines are written together in a thread, one batch at a time. When they
 * come faster than the disk takes them the newest are dropped, and a line says how many. Nothing here
 * ever fails a job.
 */
export class Diagnostics {
  readonly #options: DiagnosticsThreadOptions;
  readonly #clock: Clock;
  #worker: Worker | undefined;
  #lines: DiagnosticLine[] = [];
  #isWriting = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #dropped = 0;
  #untold = 0;
  #flushed: (() => void)[] = [];

  constructor(path: string, clock: Clock, mostBytes: number = defaults.diagnosticsBytes) {
    this.#options = { path, mostBytes };
    this.#clock = clock;
  }

  /** Lines that were not kept, since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  add(line: Omit<DiagnosticLine, 'ts'> & { ts?: string }): void {
    if (this.#isClosed || this.#lines.length >= defaults.diagnosticsWaitingMost) {
      this.#drop(1);
      return;
    }
    this.#lines.push({ ...line, ts: line.ts ?? isoFromMs(this.#clock.nowMs()) });
    this.#timer ??= setTimeout(() => this.#write(), defaults.diagnosticsFlushMs).unref();
  }

  /** Resolves when everything added before was written, or dropped. */
  flush(): Promise<void> {
    if (this.#lines.length === 0 && !this.#isWriting) return Promise.resolve();
    return new Promise((resolve) => {
      this.#flushed.push(resolve);
      this.#write();
    });
  }

  async close(): Promise<void> {
    await this.flush();
    this.#isClosed = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage('close' satisfies ToDiagnostics);
    await ended;
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isWriting) return;
    if (this.#untold > 0) this.#tellDropped();
    const lines = this.#lines;
    if (lines.length === 0) {
      for (const resolve of this.#flushed.splice(0)) resolve();
      return;
    }
    this.#lines = [];
    this.#isWriting = true;
    this.#thread().postMessage({ lines } satisfies ToDiagnostics);
  }

  #thread(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(threadUrl, {
      workerData: this.#options,
      name: 'capstan diagnostics',
    });
    worker.unref();
    worker.on('message', ({ lost }: FromDiagnostics) => this.#written(lost));
    worker.on('error', () => this.#written(0));
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    this.#worker = worker;
    return worker;
  }

  #written(lost: number): void {
    if (lost > 0) this.#drop(lost);
    this.#isWriting = false;
    if (this.#lines.length > 0) this.#write();
    else for (const resolve of this.#flushed.splice(0)) resolve();
  }

  #drop(lines: number): void {
    this.#dropped += lines;
    this.#untold += lines;
  }

  #tellDropped(): void {
    if (this.#lines.length === 0) return;
    const message = `${this.#untold} lines of diagnostics were dropped here`;
    const ts = isoFromMs(this.#clock.nowMs());
    this.#untold = 0;
    this.#lines.unshift({ ts, source: 'record', level: 'warning', logger: 'capstan', message });
  }
}

/** Sources run as they are here, and compiled where Capstan is installed. */
const threadUrl = new URL(
  import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js',
  import.meta.url,
);
