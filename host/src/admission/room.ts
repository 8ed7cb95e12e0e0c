import {
  type AgedWaiter,
  chooseVictims,
  freeOf,
  givesWay,
  planRoom,
  type Resident,
  shortOf,
  vramOf,
  waitText,
} from '../kernel/admission/index.ts';
import type { Capacity } from '../kernel/arbitrate/decision.ts';
import type { Claim } from '../kernel/claims/claim.ts';
import type { Lease, Waiter } from '../kernel/leases/lease.ts';
import { type Ask, type Asks, nameOf } from './ask.ts';
import type { Look } from './look.ts';
import type { Places } from './places.ts';
import type { BrokerPorts } from './ports.ts';
import { amountsOf, type Seat } from './seat.ts';
import type { Seats } from './seats.ts';

export interface RoomParts {
  ports: BrokerPorts;
  seats: Seats;
  asks: Asks;
  places: Places;
  /** A worker has ended, or was to and has not. */
  onEnded: (hasChanged: boolean) => void;
}

/** One that room is made for. */
interface Needy {
  requester: string;
  forWhom: string;
  /** Others have to make room as well: what can be freed here is, enough or not. */
  isAged: boolean;
  alternatives: readonly (readonly Claim[])[];
  capacity: Capacity;
  residents: readonly Resident[];
}

function add(
  to: Map<string, number>,
  amounts: { readonly [resource: string]: number },
  sign: 1 | -1,
): void {
  for (const [resource, amount] of Object.entries(amounts)) {
    to.set(resource, (to.get(resource) ?? 0) + sign * amount);
  }
}

const reason = 'memory is needed for another call';

/**
 * Makes room for those that wait: ends idle workers, and keeps instances from starting more where somebody has waited
 * too long for what they hold.
 */
export class Room {
  readonly #parts: RoomParts;
  /** Instances whose worker is being ended. */
  readonly #ending = new Map<string, Promise<unknown>>();
  /** Instances that were to make room and did not, and when. */
  readonly #inVain = new Map<string, number>();
  #giving: ReadonlyMap<string, AgedWaiter> = new Map();
  /** How many of other hosts wait, when it was looked last. */
  #foreign = 0;
  #othersSeenMs = Number.NEGATIVE_INFINITY;

  constructor(parts: RoomParts) {
    this.#parts = parts;
  }

  isEnding(instance: string): boolean {
    return this.#ending.has(instance);
  }

  /** Somebody is being ended. */
  get isMaking(): boolean {
    return this.#ending.size > 0;
  }

  /** For whom an instance starts nothing more. */
  givesWayTo(instance: string): AgedWaiter | undefined {
    return this.#giving.get(instance);
  }

  /** Whether somebody waits for more than is free, here or in another workspace. */
  get isNeeded(): boolean {
    return this.#foreign > 0 || this.#parts.asks.all().some(({ short }) => short !== null);
  }

  get foreign(): number {
    return this.#foreign;
  }

  /** Takes note of other hosts: those of theirs that wait, and that they are there. */
  hear({ waiters, live }: { waiters: readonly Waiter[]; live: readonly Lease[] }): void {
    const { asks, seats, ports } = this.#parts;
    const tickets = asks.tickets();
    this.#foreign = waiters.filter(({ ticket }) => !tickets.has(ticket)).length;
    const own = new Set(seats.all().map(({ lease }) => lease));
    const isSeat = ({ id, holder }: Lease): boolean => holder.process !== null && !own.has(id);
    if (this.#foreign > 0 || live.some(isSeat)) this.#othersSeenMs = ports.clock.monotonicMs();
  }

  /**
   * What is in use without a lease may be idle workers of other hosts, which make room as well. No host knows whose it
   * is, and each would wait for the other for ever; so after a while each gives what it has.
   */
  #mayBeShared(waitedMs: number): boolean {
    const { clock, policy } = this.#parts.ports;
    const { othersMs, sharedWaitMs } = policy;
    return waitedMs >= sharedWaitMs && clock.monotonicMs() - this.#othersSeenMs < othersMs;
  }

  /** As seen by one that needs room, or, with null, by one that comes after all others. */
  residents(look: Look, requester: Ask | null): Resident[] {
    const { asks, seats, places } = this.#parts;
    const order = asks.inOrder();
    const isAged = requester !== null && asks.isAged(requester);
    const place = isAged ? order.indexOf(requester) : order.length;
    return look.workers.map((worker) => {
      const { instance, callsInFlight, isStarting } = worker;
      const at = order.findIndex((ask) => ask.instance === instance);
      return {
        instance,
        isExecuting: callsInFlight > 0 || (seats.of(instance)?.calls ?? 0) > 0,
        isStarting: isStarting || this.#ending.has(instance) || this.#wasInVain(instance),
        isWanted: seats.has(instance) || (at !== -1 && at <= place),
        holds: look.heldBy(worker, places.of(worker)?.amounts ?? {}),
      };
    });
  }

  /**
   * Ends idle workers for those that wait for more than is free, in this host and in others. What is ending already is
   * counted, and so is what those before take of it: those of other hosts that stood in the ledger's line earlier, too.
   */
  make(look: Look): void {
    const { asks, seats } = this.#parts;
    const waiting = asks.inOrder().filter(({ short }) => short !== null);
    const others = look.waiters
      .filter((waiter) => look.isForeign(waiter))
      .toSorted((a, b) => a.ticket - b.ticket);
    if (waiting.length === 0 && others.length === 0) return;
    seats.releaseUnused();
    const credit = this.#credit(look);
    for (const ask of waiting) {
      const isBefore = ({ ticket }: Waiter): boolean => ask.ticket !== null && ticket < ask.ticket;
      while (others[0] !== undefined && isBefore(others[0])) {
        this.#makeForOther(others.shift() as Waiter, look, credit);
      }
      this.#makeForOwn(ask, look, credit);
      this.#tellEnding(ask, look);
    }
    for (const other of others) this.#makeForOther(other, look, credit);
  }

  #makeForOwn(ask: Ask, look: Look, credit: Map<string, number>): void {
    const { asks, ports } = this.#parts;
    const { alternatives, capacity } = ask.claimed ?? { alternatives: [], capacity: {} };
    const residents = this.residents(look, ask);
    const waitedMs = ports.clock.monotonicMs() - ask.sinceMs;
    const isAged = asks.isAged(ask) || this.#mayBeShared(waitedMs);
    const who = { requester: ask.instance, forWhom: nameOf(ask), isAged };
    this.#makeFor({ ...who, alternatives, capacity, residents }, look, credit);
  }

  /** Its own host comes first: until it had time to make room, only what is free is kept for it. */
  #makeForOther(
    { holder, sinceMs, alternatives }: Waiter,
    look: Look,
    credit: Map<string, number>,
  ) {
    const { helpAfterMs, agingMs } = this.#parts.ports.policy;
    const waitedMs = look.nowMs - sinceMs;
    const isAged = waitedMs >= agingMs || this.#mayBeShared(waitedMs);
    const residents = waitedMs < helpAfterMs ? [] : this.residents(look, null);
    const who = { requester: '', forWhom: holder.name, isAged };
    this.#makeFor({ ...who, alternatives, capacity: look.capacity(), residents }, look, credit);
  }

  /** What will be free when those have ended that are ending. */
  #credit(look: Look): Map<string, number> {
    const credit = new Map<string, number>();
    for (const { instance, holds } of this.residents(look, null)) {
      if (this.#ending.has(instance)) add(credit, holds, 1);
    }
    return credit;
  }

  #makeFor(needy: Needy, look: Look, credit: Map<string, number>): void {
    const { evictionMargin: margin, hollowBytes } = this.#parts.ports.policy;
    const { requester, alternatives, capacity, residents, isAged, forWhom } = needy;
    const plan = planRoom({
      requester,
      alternatives,
      residents,
      margin,
      hollowBytes,
      freeOf: (resource) => freeOf(resource, look.leases, capacity) + (credit.get(resource) ?? 0),
    });
    if (plan.kind === 'not_enough' && !isAged) return;
    for (const victim of plan.kind === 'fits' ? [] : plan.victims) {
      add(credit, residents.find(({ instance }) => instance === victim)?.holds ?? {}, 1);
      void this.end(victim, { reason, forWhom });
    }
    add(credit, amountsOf(plan.claims), -1);
  }

  #tellEnding(ask: Ask, look: Look): void {
    if (ask.short === null || this.#ending.size === 0) return;
    const { basis, since, short } = ask;
    const evicting = [...this.#ending.keys()];
    const text = waitText(short, { basis, nowMs: look.nowMs, since, evicting });
    ask.reason = { ...ask.reason, text };
  }

  /** True where somebody may start again that could not. */
  letGiveWay(look: Look): boolean {
    const seats = this.#parts.seats
      .all()
      .filter(({ calls }) => calls > 0)
      .map(({ instance, claims }) => ({ instance, amounts: amountsOf(claims) }));
    const before = this.#giving;
    this.#giving = givesWay(seats, [...this.#agedHere(), ...this.#agedElsewhere(look)]);
    return [...before.keys()].some((instance) => !this.#giving.has(instance));
  }

  /**
   * A call ran out of memory. What it needs is not known, only that it was more than there was: whatever is idle on its
   * device goes. Its own worker is ended too, unless other calls are in it, for what it failed to free is in it still.
   */
  async afterOutOfMemory({ instance, gpu }: Seat, look: Look): Promise<void> {
    this.#parts.seats.releaseUnused();
    const resource = gpu === null ? 'ram' : vramOf(gpu);
    const { evictionMargin: margin, hollowBytes } = this.#parts.ports.policy;
    const limits = { requester: instance, resource, margin, hollowBytes };
    const all = { ...limits, shortfall: Number.MAX_SAFE_INTEGER };
    const { victims } = chooseVictims(this.residents(look, null), all);
    const why = { reason: 'another call ran out of memory', forWhom: `\`${instance}\`` };
    const others = victims.map((victim) => this.end(victim, why));
    const isShared = (this.#parts.seats.of(instance)?.calls ?? 0) > 0;
    const own = isShared ? [] : [this.#parts.ports.startAnew(instance, 'a call ran out of memory')];
    await Promise.allSettled([...others, ...own]);
  }

  /** Nothing of the instance is started until `work` is over. Says whether anything has changed by it. */
  during(instance: string, work: () => Promise<boolean>): Promise<unknown> {
    const known = this.#ending.get(instance);
    if (known !== undefined) return known;
    const done = this.#whileEnding(instance, work);
    this.#ending.set(instance, done);
    return done;
  }

  async #whileEnding(instance: string, work: () => Promise<boolean>): Promise<void> {
    // `ending` is set before the work begins.
    await Promise.resolve();
    const hasChanged = await work().catch(() => false);
    this.#ending.delete(instance);
    this.#parts.onEnded(hasChanged);
  }

  /** Resolves when its memory is free. One of which nothing came is left alone for a while. */
  end(instance: string, why: { reason: string; forWhom: string }): Promise<unknown> {
    const { ports } = this.#parts;
    return this.during(instance, async () => {
      const hasFreed = await ports.evict(instance, why);
      if (!hasFreed) this.#inVain.set(instance, ports.clock.monotonicMs());
      return hasFreed;
    });
  }

  #wasInVain(instance: string): boolean {
    const atMs = this.#inVain.get(instance);
    if (atMs === undefined) return false;
    const { clock, policy } = this.#parts.ports;
    if (clock.monotonicMs() - atMs < policy.lookAgainMostMs) return true;
    this.#inVain.delete(instance);
    return false;
  }

  #agedHere(): AgedWaiter[] {
    const { asks } = this.#parts;
    return asks.inOrder().flatMap((ask) => {
      if (ask.short === null || !asks.isAged(ask)) return [];
      const { resource, wanted, free } = ask.short;
      const { instance } = ask;
      return [{ name: nameOf(ask), instance, resource, shortfall: wanted - free }];
    });
  }

  #agedElsewhere(look: Look): AgedWaiter[] {
    const { agingMs } = this.#parts.ports.policy;
    return this.#shortElsewhere(look)
      .filter(({ waitedMs }) => waitedMs >= agingMs)
      .map(({ holder: name, short: { resource, wanted, free } }) => {
        return { name, instance: null, resource, shortfall: wanted - free };
      });
  }

  #shortElsewhere(look: Look) {
    const foreign = look.waiters.filter((waiter) => look.isForeign(waiter));
    if (foreign.length === 0) return [];
    const capacity = look.capacity();
    return foreign.flatMap(({ holder, sinceMs, alternatives }) => {
      const short = shortOf(alternatives, look.leases, capacity);
      return short === null ? [] : [{ holder: holder.name, waitedMs: look.nowMs - sinceMs, short }];
    });
  }
}
