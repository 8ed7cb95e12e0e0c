import type { Clock } from '../clock.ts';
import { defaults } from '../defaults.ts';
import type { JobRow, JournaledEvent, Reader } from '../stores/index.ts';
import type { HostEvent, LiveEvent } from './events.ts';
import type { ResourceUsage } from './executor.ts';
import { EventStream, type StreamOptions } from './stream.ts';

type Listener = (event: HostEvent) => void;
type Told = Pick<JobRow, 'jobId' | 'runId' | 'nodeId'>;

interface Gate {
  openAtMs: number;
  /** What came while the gate was closed; only the newest is kept. */
  held: LiveEvent | undefined;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Tells listeners what happens. Journaled events come all, in the order of `seq`. Progress of a job comes
 * at most every `progressMs`; the newest is never lost, and is told before the job's end is. Whoever comes
 * later hears how far everything is that runs: the next news may be an hour away.
 */
export class Subscribers {
  readonly #clock: Clock;
  /** Each with what to do when nothing more will be told. */
  readonly #listeners = new Map<Listener, () => void>();
  readonly #streams = new Set<EventStream>();
  readonly #gates = new Map<string, Gate>();
  /** The newest progress of every attempt that runs and has told any. */
  readonly #newest = new Map<string, LiveEvent>();
  readonly #reader: Reader;
  #isClosed = false;

  constructor(clock: Clock, reader: Reader) {
    this.#clock = clock;
    this.#reader = reader;
  }

  add(listener: Listener, onClose: () => void = () => {}): () => void {
    if (this.#isClosed) onClose();
    else this.#listeners.set(listener, onClose);
    return () => this.#listeners.delete(listener);
  }

  /** For a subscriber that takes its time. Throws CURSOR_AHEAD. */
  stream(options: StreamOptions): AsyncIterable<HostEvent> {
    const stream = new EventStream(this.#reader, options, () => this.#streams.delete(stream));
    if (this.#isClosed) stream.end();
    else if (!stream.hasEnded) this.#streams.add(stream);
    for (const event of this.#newest.values()) stream.offer(event);
    return stream;
  }

  stats() {
    let dropped = 0;
    for (const stream of this.#streams) dropped += stream.dropped;
    return { subscribers: this.#listeners.size + this.#streams.size, dropped };
  }

  publish(events: readonly JournaledEvent[]): void {
    for (const event of events) {
      if (endsAttempt.has(event.type) && event.jobId !== undefined) this.#shut(event.jobId);
      this.#tell(event);
    }
  }

  progress(job: Told, progress: number, message: string): void {
    const event: LiveEvent = { type: 'progress', ...named(job), progress, message };
    this.#newest.set(job.jobId, event);
    if (this.#listeners.size + this.#streams.size === 0) return;
    const nowMs = this.#clock.monotonicMs();
    let gate = this.#gates.get(job.jobId);
    if (gate === undefined) {
      gate = { openAtMs: nowMs, held: undefined, timer: undefined };
      this.#gates.set(job.jobId, gate);
    }
    if (nowMs >= gate.openAtMs && gate.timer === undefined) {
      gate.openAtMs = nowMs + defaults.progressMs;
      this.#tell(event);
      return;
    }
    gate.held = event;
    gate.timer ??= setTimeout(() => this.#open(job.jobId), defaults.progressMs).unref();
  }

  phase(job: Told, message: string): void {
    this.#tell({ type: 'phase', ...named(job), message });
  }

  /** Whether it is worth the look. */
  get wantResources(): boolean {
    for (const { wantsLive } of this.#streams) if (wantsLive) return true;
    return false;
  }

  resources(job: Told, usage: { session: string } & ResourceUsage): void {
    this.#tell({ type: 'resources', ...named(job), ...usage });
  }

  /** What the attempt of a job comes to has to wait for the disk. */
  held(job: Told, message: string): void {
    this.#tell({ type: 'phase', ...named(job), message, held: true as const });
  }

  /** The outcome of a job could not be written, and never will be by this host. */
  lost(job: Told, message: string): void {
    this.#tell({
      type: 'phase',
      ...named(job),
      message: `its outcome is not recorded: ${message}`,
    });
  }

  unreadable(jobId: string, message: string): void {
    this.#tell({ type: 'phase', jobId, message: `it cannot be started now: ${message}` });
  }

  close(): void {
    this.#isClosed = true;
    for (const jobId of this.#gates.keys()) this.#shut(jobId);
    const closers = [...this.#listeners.values()];
    this.#listeners.clear();
    for (const onClose of closers) onClose();
    for (const stream of this.#streams) stream.end();
  }

  #open(jobId: string): void {
    const gate = this.#gates.get(jobId);
    if (gate === undefined) return;
    gate.timer = undefined;
    gate.openAtMs = this.#clock.monotonicMs() + defaults.progressMs;
    if (gate.held !== undefined) this.#tell(gate.held);
    gate.held = undefined;
  }

  #shut(jobId: string): void {
    this.#newest.delete(jobId);
    const gate = this.#gates.get(jobId);
    if (gate === undefined) return;
    clearTimeout(gate.timer);
    this.#gates.delete(jobId);
    if (gate.held !== undefined) this.#tell(gate.held);
  }

  #tell(event: HostEvent): void {
    for (const stream of this.#streams) stream.offer(event);
    for (const listener of this.#listeners.keys()) {
      try {
        listener(event);
      } catch (error) {
        // A listener's bug is to be loud, but it must not keep others, or the store, from going on.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

const endsAttempt: ReadonlySet<string> = new Set([
  'job_finished',
  'job_retrying',
  'job_interrupted',
]);

const named = ({ jobId, runId, nodeId }: Told) => ({
  jobId,
  ...(runId === null ? {} : { runId }),
  ...(nodeId === null ? {} : { nodeId }),
});
