import { setTimeout as pause } from 'node:timers/promises';
import type { Asked, Attempted } from './attempts.ts';
import type { Both } from './both.ts';
import type { WaitOptions } from './desk.ts';
import type { Waits } from './request.ts';

/**
 * How often a waiter looks again when nothing tells it to: a holder that was killed writes nothing, and memory that a
 * stranger frees is in no ledger. A look reads memory and writes nothing.
 */
const lookAgainMs = { least: 250, most: 1000 };
/** So often at most, however often the ledgers change. */
const restMs = 10;

/**
 * Waits in line until the answer is another than to wait, the time is over, or the caller gives up; then the places are
 * given up too. Woken by changes of the ledgers and by the next expiry; only one that would be granted writes.
 */
export async function waitFor(
  asked: Asked,
  both: Both,
  { waitMs, signal, onWaiting }: WaitOptions & { waitMs: number },
): Promise<Attempted> {
  const untilMs = both.nowMs() + waitMs;
  const told = telling(onWaiting);
  let answer = await asked.attempt(waitMs);
  // From here on; what changed before is found by the first look.
  const bell = new Bell(both, signal);
  try {
    let quietMs = 0;
    while (answer.kind === 'waiting') {
      told(answer);
      const leftMs = untilMs - both.nowMs();
      if (leftMs <= 0 || isAborted(signal)) return answer;
      // oxlint-disable-next-line no-await-in-loop -- this is the waiting
      const hasRung = await bell.within(Math.min(leftMs, quietMs, untilExpiry(answer, both)));
      quietMs = hasRung
        ? lookAgainMs.least
        : Math.min(lookAgainMs.most, Math.max(lookAgainMs.least, quietMs * 1.5));
      if (isAborted(signal)) return answer;
      // oxlint-disable-next-line no-await-in-loop -- the same
      const now = await asked.peek();
      answer =
        now.kind === 'waiting'
          ? now
          : // oxlint-disable-next-line no-await-in-loop -- the same
            await asked.attempt(Math.max(1, untilMs - both.nowMs()));
    }
    return answer;
  } finally {
    bell.close();
    if (asked.hasPlaces) await asked.leave();
  }
}

const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

/** Rings when a ledger changes, or when the caller gives up. */
class Bell {
  #hasRung = false;
  #wake: (() => void) | null = null;
  readonly #stop: () => void;

  constructor(both: Both, signal: AbortSignal | undefined) {
    const ring = (): void => {
      this.#hasRung = true;
      this.#wake?.();
    };
    const stop = both.onChange(ring);
    signal?.addEventListener('abort', ring);
    this.#stop = () => {
      stop();
      signal?.removeEventListener('abort', ring);
    };
  }

  /** Whether it rang before the time was over. */
  async within(mostMs: number): Promise<boolean> {
    if (!this.#hasRung && mostMs > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, mostMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = null;
    }
    const hasRung = this.#hasRung;
    // Those who were woken together do not look together.
    if (hasRung) await pause(restMs * (0.5 + Math.random()));
    this.#hasRung = false;
    return hasRung;
  }

  close(): void {
    this.#stop();
  }
}

function untilExpiry({ blockers }: Waits, both: Both): number {
  const nowMs = both.nowMs();
  const ends = blockers.flatMap(({ untilMs }) => untilMs ?? []);
  return Math.max(1, Math.min(...ends, Number.MAX_SAFE_INTEGER) - nowMs + 1);
}

/** Tells a reason once, until there is another. Times in it that pass make none. */
function telling(onWaiting: ((why: Waits) => void) | undefined): (why: Waits) => void {
  let last = '';
  return (why) => {
    const { code, blockers } = why;
    const now = JSON.stringify([
      code,
      blockers.map(({ leaseId, ticket, holder }) => [leaseId, ticket, holder]),
    ]);
    if (now === last) return;
    last = now;
    onWaiting?.(why);
  };
}
