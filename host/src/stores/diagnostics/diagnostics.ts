import { Worker } from 'node:worker_threads';
import { type Clock, isoFromMs } from '../../clock.ts';
import { defaults } from '../../defaults.ts';
import { Drops } from './drops.ts';
import type { DiagnosticLine, DroppedCount } from './line.ts';
import type { Retention } from './prune.ts';
import type { DiagnosticsThreadOptions, FromDiagnostics, ToDiagnostics } from './thread.ts';

interface Batch {
  lines: DiagnosticLine[];
  dropped: DroppedCount[];
}

/**
 * The narrative: log records and raw output of workers, in a file that may be deleted at any time. Adding
 * a line costs an array element; lines are written together in a thread, one batch at a time. When they
 * come faster than the disk takes them the newest are dropped, a line says how many, and the table
 * `dropped` says of whom. Nothing here ever fails a job.
 */
export class Diagnostics {
  readonly #options: DiagnosticsThreadOptions;
  readonly #clock: Clock;
  readonly #drops = new Drops();
  #worker: Worker | undefined;
  #lines: DiagnosticLine[] = [];
  #writing: Batch | null = null;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #dropped = 0;
  #untold = 0;
  #flushed: (() => void)[] = [];

  constructor(path: string, clock: Clock, retention: Retention = {}) {
    const { mostBytes = defaults.diagnosticsBytes } = retention;
    this.#options = { path, retention: { ...retention, mostBytes } };
    this.#clock = clock;
  }

  /** Lines that were not kept, since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  add(line: Omit<DiagnosticLine, 'ts'> & { ts?: string }): void {
    const ts = line.ts ?? this.#ts();
    if (line.droppedBytes !== undefined) {
      this.#drops.add(line.session ?? '', 'output', ts, 0, line.droppedBytes);
    }
    if (this.#isClosed || this.#lines.length >= defaults.diagnosticsWaitingMost) {
      this.#drops.addLine(line, 'backlog', ts);
      this.#drop(1);
      return;
    }
    this.#lines.push({ ...line, ts });
    this.#timer ??= setTimeout(() => this.#write(), defaults.diagnosticsFlushMs).unref();
  }

  /** Resolves when everything added before was written, or dropped. */
  flush(): Promise<void> {
    if (!this.#hasSome && this.#writing === null) return Promise.resolve();
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
    if (this.#writing !== null) return;
    if (this.#untold > 0) this.#tellDropped();
    const lines = this.#lines;
    if (!this.#hasSome) {
      for (const resolve of this.#flushed.splice(0)) resolve();
      return;
    }
    this.#lines = [];
    this.#writing = { lines, dropped: this.#drops.take() };
    const nowMs = this.#clock.nowMs();
    this.#thread().postMessage({ ...this.#writing, nowMs } satisfies ToDiagnostics);
  }

  get #hasSome(): boolean {
    return this.#lines.length > 0 || !this.#drops.isEmpty;
  }

  #thread(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(threadUrl, {
      workerData: this.#options,
      name: 'capstan diagnostics',
      resourceLimits: { maxYoungGenerationSizeMb: defaults.diagnosticsYoungMiB },
    });
    worker.unref();
    worker.on('message', ({ isKept }: FromDiagnostics) => this.#written(isKept));
    worker.on('error', () => this.#written(false));
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    this.#worker = worker;
    return worker;
  }

  #written(isKept: boolean): void {
    const batch = this.#writing;
    this.#writing = null;
    if (!isKept && batch !== null) {
      this.#drops.giveBack(batch.dropped);
      const ts = this.#ts();
      for (const line of batch.lines) this.#drops.addLine(line, 'disk', ts);
      this.#drop(batch.lines.length);
    }
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
    const ts = this.#ts();
    this.#untold = 0;
    this.#lines.unshift({ ts, source: 'record', level: 'warning', logger: 'capstan', message });
  }

  #ts(): string {
    return isoFromMs(this.#clock.nowMs());
  }
}

/** Sources run as they are here, and compiled where Capstan is installed. */
const threadUrl = new URL(
  import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js',
  import.meta.url,
);
