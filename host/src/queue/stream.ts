import { defaults } from '../defaults.ts';
import { HostError } from '../errors.ts';
import {
  journaledEvent,
  type JournalFilter,
  type JournalRow,
  type Reader,
} from '../stores/index.ts';
import { type HostEvent, isJournaled } from './events.ts';

export interface StreamOptions {
  /** Journaled events after this one; without it those from now on. */
  afterSeq?: number;
  jobId?: string;
  runId?: string;
  /** Also progress, phases and samples of resources. */
  live?: boolean;
  /** Ends the stream. */
  signal?: AbortSignal;
}

/**
 * One subscriber's way through the events, at its own pace.
 *
 * What is published goes into a small buffer, and the publisher never waits. A subscriber for which the
 * buffer is too small falls *behind*: nothing more is buffered, and it reads the journal from its own cursor
 * instead, where every journaled event stands anyway. When a page of the journal ends it catches up: it has
 * the buffer filled again *before* it reads the next page, and passes over whatever it got from both, so
 * that there is neither a gap nor a double. Live events stand nowhere else: they are buffered also for one who
 * is behind, and those for which there was no room are gone, and are counted.
 */
export class EventStream implements AsyncIterable<HostEvent> {
  readonly #reader: Reader;
  readonly #options: StreamOptions;
  readonly #onEnd: () => void;
  #buffer: HostEvent[] = [];
  /** The last journaled event that was handed out, or passed over. */
  #cursor: number;
  #isBehind: boolean;
  #dropped = 0;
  #hasEnded = false;
  #wake: (() => void) | null = null;

  /** `lastSeq` is what was published last. Throws CURSOR_AHEAD. */
  constructor(reader: Reader, options: StreamOptions, onEnd: () => void) {
    const lastSeq = reader.lastSeq();
    const { afterSeq = lastSeq, signal } = options;
    if (afterSeq > lastSeq) throw cursorAhead(afterSeq, lastSeq);
    this.#reader = reader;
    this.#options = options;
    this.#onEnd = onEnd;
    this.#cursor = afterSeq;
    this.#isBehind = afterSeq < lastSeq;
    // Whoever is told of the end does not know this stream yet.
    if (signal?.aborted === true) this.#hasEnded = true;
    else signal?.addEventListener('abort', () => this.end(), { once: true });
  }

  get wantsLive(): boolean {
    return this.#options.live === true;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Live events that were too many, and of which it was not told yet. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Called by the publisher; returns at once, whatever the subscriber does. */
  offer(event: HostEvent): void {
    if (this.#hasEnded || !this.#concerns(event)) return;
    const isDurable = isJournaled(event);
    // What is recorded will be read; what is not would be gone, and the next page may be the last.
    if (isDurable && this.#isBehind) return;
    if (this.#buffer.length >= defaults.streamBuffer) {
      if (isDurable) this.#fallBehind();
      else this.#dropped += 1;
      return;
    }
    this.#buffer.push(event);
    this.#wake?.();
  }

  /** What is buffered is still handed out, and what stands in the journal still read. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#onEnd();
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<HostEvent> {
    try {
      while (this.#options.signal?.aborted !== true) {
        if (this.#isBehind) yield* this.#catchUp();
        yield* this.#buffered();
        if (this.#isBehind) continue;
        if (this.#hasEnded) return;
        await this.#somethingNew();
      }
    } finally {
      this.#hasEnded = true;
      this.#onEnd();
    }
  }

  *#catchUp(): Iterable<HostEvent> {
    const { jobId, runId, signal } = this.#options;
    const about = {
      ...(jobId === undefined ? {} : { jobId }),
      ...(runId === undefined ? {} : { runId }),
    };
    // From here on the buffer takes what is published while this page is read.
    this.#isBehind = false;
    const page = this.#page({ ...about, afterSeq: this.#cursor, limit: defaults.streamPage });
    if (page.length === defaults.streamPage) this.#isBehind = true;
    for (const row of page) {
      if (signal?.aborted === true) return;
      this.#cursor = row.seq;
      yield journaledEvent(row);
    }
  }

  #page(filter: JournalFilter): JournalRow[] {
    try {
      return this.#reader.journal(filter);
    } catch (error) {
      // The host was closed under a subscriber that was still reading: its cursor is good for the next one.
      if (this.#hasEnded) return [];
      throw error;
    }
  }

  *#buffered(): Iterable<HostEvent> {
    const events = this.#buffer;
    this.#buffer = [];
    if (this.#dropped > 0 && this.wantsLive) {
      const count = this.#dropped;
      this.#dropped = 0;
      yield { type: 'dropped', count };
    }
    for (const event of events) {
      if (isJournaled(event)) {
        if (event.seq <= this.#cursor) continue;
        this.#cursor = event.seq;
      }
      yield event;
    }
  }

  /** The journal has what was buffered too, but for the live events. */
  #fallBehind(): void {
    this.#isBehind = true;
    this.#dropped += this.#buffer.filter((event) => !isJournaled(event)).length;
    this.#buffer = [];
    this.#wake?.();
  }

  #concerns(event: HostEvent): boolean {
    const { jobId, runId } = this.#options;
    if (!isJournaled(event) && !this.wantsLive) return false;
    return (
      (jobId === undefined || event.jobId === jobId) &&
      (runId === undefined || event.runId === runId)
    );
  }

  async #somethingNew(): Promise<void> {
    if (this.#buffer.length > 0 || this.#isBehind || this.#hasEnded) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = null;
  }
}

const cursorAhead = (afterSeq: number, lastSeq: number): HostError =>
  new HostError(
    'CURSOR_AHEAD',
    `the journal of this workspace ends at ${lastSeq}, before the cursor ${afterSeq}`,
    {
      hint: 'The cursor is of another workspace, or of a state file that was replaced. Begin again at 0.',
      details: { afterSeq, lastSeq },
    },
  );
