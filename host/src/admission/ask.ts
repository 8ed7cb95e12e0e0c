import { isoFromMs } from '../clock.ts';
import type { Basis, ShortOf } from '../kernel/admission/index.ts';
import type { Capacity } from '../kernel/arbitrate/decision.ts';
import type { Claim } from '../kernel/claims/claim.ts';
import { goesBefore, type WaitReason, type Waiting } from '../kernel/index.ts';
import type { BrokerPorts } from './ports.ts';

/** An instance that has jobs to start and no seat. */
export interface Ask {
  instance: string;
  /** The job that would start first. */
  head: Waiting;
  /** Monotonic; of the instance, whatever job is at its head. */
  sinceMs: number;
  /** For people. */
  since: string;
  /** Its place in the line of the machine's ledger, once it has one. */
  ticket: number | null;
  basis: Basis;
  reason: WaitReason;
  /** What it waits for; null where that is no amount, or nobody was asked yet. */
  short: ShortOf | null;
  /** What was asked for last, of a machine in which its own worker does not count. */
  claimed: { alternatives: readonly (readonly Claim[])[]; capacity: Capacity } | null;
}

export const notAsked: WaitReason = {
  kind: 'room',
  text: 'waiting for an answer whether this machine has room for it',
};

export const nameOf = ({ head, instance }: Ask): string => `${head.jobId} of \`${instance}\``;

/** Who waits for a seat in this host. */
export class Asks {
  readonly #ports: Pick<BrokerPorts, 'clock' | 'policy'>;
  readonly #asks = new Map<string, Ask>();

  constructor(ports: Pick<BrokerPorts, 'clock' | 'policy'>) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#asks.size;
  }

  of(instance: string): Ask | undefined {
    return this.#asks.get(instance);
  }

  all(): Ask[] {
    return [...this.#asks.values()];
  }

  /** False where the instance waits already, now with this job at its head. */
  add(head: Waiting): boolean {
    const known = this.#asks.get(head.instance);
    if (known !== undefined) {
      known.head = head;
      return false;
    }
    const { clock } = this.#ports;
    this.#asks.set(head.instance, {
      instance: head.instance,
      head,
      sinceMs: clock.monotonicMs(),
      since: isoFromMs(clock.nowMs()).replace(/\.\d+Z$/, 'Z'),
      ticket: null,
      basis: 'measuring',
      reason: notAsked,
      short: null,
      claimed: null,
    });
    return true;
  }

  /** Whether it is still this one that waits. */
  has(ask: Ask): boolean {
    return this.#asks.get(ask.instance) === ask;
  }

  tickets(): Set<number> {
    return new Set(this.all().flatMap(({ ticket }) => (ticket === null ? [] : [ticket])));
  }

  remove(ask: Ask): void {
    if (this.has(ask)) this.#asks.delete(ask.instance);
  }

  /** It has waited for longer than others may pass it. */
  isAged({ sinceMs, basis }: Ask): boolean {
    const { policy, clock } = this.#ports;
    const { agingMs, guessWaitMs } = policy;
    const patienceMs = basis === 'measuring' ? Math.min(guessWaitMs, agingMs) : agingMs;
    return clock.monotonicMs() - sinceMs >= patienceMs;
  }

  /** Those that have waited too long in the order in which they came, then whoever's job goes first. */
  inOrder(): Ask[] {
    return this.all().toSorted((a, b) => {
      const [agedA, agedB] = [this.isAged(a), this.isAged(b)];
      if (agedA !== agedB) return agedA ? -1 : 1;
      if (agedA) return a.sinceMs - b.sinceMs;
      return goesBefore(a.head, b.head) ? -1 : 1;
    });
  }
}
