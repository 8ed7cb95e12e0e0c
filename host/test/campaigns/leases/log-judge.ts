import type { Claim } from '../../../src/kernel/claims/claim.ts';
import type { Lease } from '../../../src/kernel/leases/lease.ts';
import type { LoggedEvent } from '../../../src/leases/index.ts';
import type { Report } from '../report.ts';
import { collision, pieces, piecesOf } from './things.ts';

interface Live {
  holder: string;
  token: number;
  claims: readonly Claim[];
  pid: number | null;
  expiresMs: number | null;
}

/**
 * Reads a ledger's events in their order and knows by itself who holds what: a grant beside a live lease that
 * it collides with is a double grant, and so is an expiry of something that was alive, which makes room for one.
 */
export class LogJudge {
  readonly #report: Report;
  readonly #live = new Map<string, Live>();
  /** Of each process that was ended, when that was begun, by the boot clock. */
  readonly endedMs = new Map<number, number>();
  #seq = 0;
  #token = 0;
  grants = 0;

  constructor(report: Report) {
    this.#report = report;
  }

  read(events: readonly LoggedEvent[]): void {
    for (const event of events) this.#one(event);
  }

  /** Ids of the leases that are live by its own account. */
  get live(): string[] {
    return [...this.#live.keys()].toSorted();
  }

  get token(): number {
    return this.#token;
  }

  #one({ seq, type, leaseId, payload, bootMs }: LoggedEvent): void {
    if (seq !== this.#seq + 1) this.#accuse('true log', `event ${seq} follows ${this.#seq}`);
    this.#seq = seq;
    if (type === 'granted') this.#granted(seq, payload['lease'] as Lease);
    else if (type === 'released') this.#gone(leaseId);
    else if (type === 'expired') {
      this.#expired(seq, leaseId ?? '', bootMs);
      this.#gone(leaseId);
    } else if (type === 'renewed') {
      const lease = this.#live.get(leaseId ?? '');
      if (lease === undefined) this.#accuse('true log', `event ${seq} renews what is not live`);
      else lease.expiresMs = payload['expiresMs'] as number | null;
    } else if (type === 'checkpoint') this.#checkpoint(seq, payload['leases'] as readonly Lease[]);
    this.#report.count(`events: ${type}`);
  }

  #granted(seq: number, { id, token, holder, claims, expiresMs }: Lease): void {
    this.grants += 1;
    if (token <= this.#token) {
      this.#accuse('tokens rise', `event ${seq}: token ${token} after ${this.#token}`);
    }
    this.#token = Math.max(this.#token, token);
    let taken = piecesOf(claims);
    for (const [other, live] of this.#live) {
      taken += piecesOf(live.claims);
      const both = live.holder === holder.name ? null : collision(live.claims, claims);
      if (both !== null) {
        const message = `event ${seq}: ${id} of ${holder.name} and ${other} of ${live.holder} both have ${both}`;
        this.#accuse('no double grants', message);
      }
    }
    if (taken > pieces.amount) {
      this.#accuse('no double grants', `event ${seq}: ${taken} of ${pieces.amount} pieces are out`);
    }
    const pid = holder.process?.pid ?? null;
    this.#live.set(id, { holder: holder.name, token, claims, pid, expiresMs });
  }

  #expired(seq: number, leaseId: string, bootMs: number): void {
    const lease = this.#live.get(leaseId);
    if (lease === undefined) {
      this.#accuse('true log', `event ${seq} expires ${leaseId}, which is not live`);
      return;
    }
    const { pid, expiresMs, holder } = lease;
    const isOver = expiresMs !== null && bootMs >= expiresMs;
    const isDead =
      pid !== null && (this.endedMs.get(pid) ?? Number.POSITIVE_INFINITY) <= bootMs + clockGrainMs;
    if (!isOver && !isDead) {
      this.#accuse(
        'no double grants',
        `event ${seq} expires ${leaseId} of ${holder}, which was alive`,
      );
    }
  }

  #checkpoint(seq: number, leases: readonly Lease[]): void {
    const theirs = leases.map(({ id }) => id).toSorted();
    if (theirs.join() !== this.live.join()) {
      this.#accuse(
        'true log',
        `the checkpoint ${seq} has ${theirs.join()}, and not ${this.live.join()}`,
      );
    }
  }

  #gone(leaseId: string | null): void {
    this.#live.delete(leaseId ?? '');
  }

  #accuse(promise: string, message: string): void {
    this.#report.violation(promise, message);
  }
}

/** The boot clock is read from what the system tells in hundredths of a second. */
const clockGrainMs = 20;
