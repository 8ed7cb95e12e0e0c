import {
  type AgedWaiter,
  chooseVictims,
  givesWay,
  type Resident,
  shortOf,
  vramOf,
  waitText,
} from '../kernel/admission/index.ts';
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

  constructor(parts: RoomParts) {
    this.#parts = parts;
  }

  isEnding(instance: string): boolean {
    return this.#ending.has(instance);
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

  /** Takes note of those of other hosts that wait. */
  hear(waiters: Look['waiters']): void {
    this.#foreign = waiters.filter((one) => this.#isForeign(one)).length;
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

  /** Ends idle workers for the first of those that wait for more than is free. */
  make(look: Look): void {
    const { asks, seats } = this.#parts;
    const ask = asks.inOrder().find(({ short }) => short !== null);
    if (ask === undefined || ask.short === null) return;
    seats.releaseUnused();
    const { short, basis, since } = ask;
    const residents = this.residents(look, ask);
    const victims = this.#victims(ask.instance, short, residents, asks.isAged(ask));
    const evicting = [...victims, ...this.#ending.keys()];
    if (evicting.length === 0) return;
    const text = waitText(short, { basis, nowMs: look.nowMs, since, evicting });
    ask.reason = { ...ask.reason, text };
    for (const victim of victims) void this.end(victim, { reason, forWhom: nameOf(ask) });
  }

  /** One that waits in another workspace gets room from idle workers here, if its own host has not made any. */
  helpOthers(look: Look): void {
    const { helpAfterMs, agingMs } = this.#parts.ports.policy;
    const waiting = this.#shortElsewhere(look);
    if (waiting.length > 0) this.#parts.seats.releaseUnused();
    const needy = waiting.find(({ waitedMs }) => waitedMs >= helpAfterMs);
    if (needy === undefined) return;
    const residents = this.residents(look, null);
    const victims = this.#victims('', needy.short, residents, needy.waitedMs >= agingMs);
    for (const victim of victims) void this.end(victim, { reason, forWhom: needy.holder });
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
    const resource = gpu === null ? 'ram' : vramOf(gpu);
    const all = { resource, wanted: Number.MAX_SAFE_INTEGER, free: 0 };
    const victims = this.#victims(instance, all, this.residents(look, null), true);
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

  #victims(
    requester: string,
    { resource, wanted, free }: { resource: string; wanted: number; free: number },
    residents: readonly Resident[],
    /** Others have to make room as well: what can be freed here is. */
    isAged: boolean,
  ): readonly string[] {
    const { evictionMargin: margin, hollowBytes } = this.#parts.ports.policy;
    const shortfall = wanted - free;
    const request = { requester, resource, shortfall, margin, hollowBytes };
    const choice = chooseVictims(residents, request);
    return choice.kind === 'evict' || isAged ? choice.victims : [];
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
    this.hear(look.waiters);
    if (this.#foreign === 0) return [];
    const capacity = look.capacity();
    const foreign = look.waiters.filter((one) => this.#isForeign(one));
    return foreign.flatMap(({ holder, sinceMs, alternatives }) => {
      const short = shortOf(alternatives, look.leases, capacity);
      return short === null ? [] : [{ holder: holder.name, waitedMs: look.nowMs - sinceMs, short }];
    });
  }

  /** There may be two hosts in one process, so the process says nothing. */
  #isForeign({ ticket }: Look['waiters'][number]): boolean {
    return !this.#parts.asks.all().some((ask) => ask.ticket === ticket);
  }
}
