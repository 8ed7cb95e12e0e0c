import type { WireError } from '@capstan/protocol';
import { HostError, messageOf } from '../errors.ts';
import type { WaitReason, Waiting } from '../kernel/index.ts';
import { type Ask, Asks, notAsked } from './ask.ts';
import { type Asked, askLedger } from './ask-ledger.ts';
import { Look } from './look.ts';
import { Places } from './places.ts';
import type { BrokerPorts, SeatLedger } from './ports.ts';
import { Room } from './room.ts';
import { Rounds } from './rounds.ts';
import { seatOf } from './seat.ts';
import { Seats } from './seats.ts';

/** What a job is told of its grant. */
export interface SeatTold {
  lease: string;
  token: number;
  gpu?: number;
}

/** A refusal stands for so long; then it is asked anew, for somebody may have made it wrong. */
const refusalMs = 1_000;

/**
 * Keeps the jobs of one host within what its machine has, together with every other host there: each instance with
 * calls in flight has a seat, which is a lease of the machine's ledger. It stands between a queue that asks in the middle
 * of a dispatch, and a ledger and a machine that take time to be asked:
 *
 *     queue says who wants a seat ──▶ ask ──▶ round: look at the machine, ask the ledger ──▶ seat ──▶ queue is told
 *                                      ▲                      │
 *                                      └──────── waits ◀──────┘  idle workers end to make room; who holds what somebody
 *                                                                has waited for too long starts nothing more
 *
 * A round begins when something has changed that may matter (a seat or a worker has gone, the ledger has another row)
 * and, only while somebody waits, after a while: memory of programs that are not ours becomes free without a word.
 */
export class Broker {
  readonly #ports: BrokerPorts;
  readonly #asks: Asks;
  readonly #seats: Seats;
  readonly #places: Places;
  readonly #room: Room;
  readonly #rounds: Rounds;
  readonly #refusals = new Map<string, { error: WireError; atMs: number }>();
  readonly #listeners = new Set<() => void>();
  /** Answers of the ledger that are waited for before the machine is looked at again. */
  readonly #unsettled = new Set<Promise<unknown>>();
  #lanes = 0;
  /** The ledger's last row when the machine was measured last, unless something of ours has changed since. */
  #seenSeq: number | null = null;
  #ledger: Promise<SeatLedger> | null = null;
  #stopListening: (() => void) | null = null;
  #isClosed = false;

  constructor(ports: BrokerPorts) {
    this.#ports = ports;
    this.#asks = new Asks(ports);
    this.#places = new Places(ports);
    this.#seats = new Seats({
      keepMs: ports.policy.keepMs,
      isNeeded: ({ instance }) =>
        this.#room.isNeeded || this.#room.givesWayTo(instance) !== undefined,
      giveBack: ({ lease, secret }) => {
        this.#seenSeq = null;
        this.#ask((ledger) => ledger.release(lease, { secret }));
        this.#rounds.look();
        this.#tell();
      },
    });
    const onEnded = (hasChanged: boolean) => {
      this.#seenSeq = null;
      if (hasChanged) this.#rounds.look();
      this.#tell();
    };
    const { seats, asks, places } = { seats: this.#seats, asks: this.#asks, places: this.#places };
    this.#room = new Room({ ports, seats, asks, places, onEnded });
    this.#rounds = new Rounds({
      policy: ports.policy,
      isWorthIt: () => this.#asks.size > 0 || this.#room.foreign > 0,
      isUrgent: () => this.#room.isMaking,
      go: () => this.#goRound(),
    });
  }

  obstacle(instance: string): WaitReason | null {
    if (this.#room.isEnding(instance)) return { kind: 'room', text: endingText(instance) };
    if (this.#seats.has(instance)) {
      const waiter = this.#room.givesWayTo(instance);
      return waiter === undefined ? null : { kind: 'turn', text: gaveWay(instance, waiter.name) };
    }
    if (this.refusal(instance) !== null) return null;
    return this.#asks.of(instance)?.reason ?? notAsked;
  }

  refusal(instance: string): WireError | null {
    const refused = this.#refusals.get(instance);
    if (refused === undefined) return null;
    if (this.#ports.clock.monotonicMs() - refused.atMs < refusalMs) return refused.error;
    this.#refusals.delete(instance);
    return null;
  }

  want(heads: readonly Waiting[], lanes: number): void {
    const isRoomier = lanes > this.#lanes;
    this.#lanes = lanes;
    if (heads.length === 0 && this.#asks.size === 0) return;
    const wanted = new Set<string>();
    let isNew = false;
    for (const head of heads) {
      if (this.#seats.has(head.instance)) continue;
      wanted.add(head.instance);
      if (this.#asks.add(head)) isNew = true;
    }
    for (const ask of this.#asks.all()) if (!wanted.has(ask.instance)) this.#drop(ask);
    if (isNew || (isRoomier && wanted.size > 0)) this.#rounds.look();
  }

  entered(instance: string): SeatTold | null {
    const seat = this.#seats.enter(instance);
    if (seat === undefined) return null;
    const { lease, token, gpu } = seat;
    return gpu === null ? { lease, token } : { lease, token, gpu };
  }

  left(instance: string, { ranOutOfMemory }: { ranOutOfMemory: boolean }): void {
    this.#seenSeq = null;
    const seat = this.#seats.leave(instance);
    if (seat === undefined || !ranOutOfMemory || this.#isClosed) return;
    void this.#room.during(instance, async () => {
      const look = await this.#lookAt(await this.#opened());
      await this.#room.afterOutOfMemory(seat, look);
      return true;
    });
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Gets ready to be asked: the first job is not to wait for what can be done before. */
  warm(): void {
    const look = async () => {
      this.#seenSeq = (await this.#lookAt(await this.#opened())).seq;
    };
    look().catch(() => {});
  }

  /** The worker of an instance has been spawned: what it uses counts as its seat's from now on. */
  spawned(instance: string, pid: number): void {
    const seat = this.#seats.of(instance);
    this.#places.spawned(instance, pid, seat);
    if (seat !== undefined) this.#ask((ledger) => ledger.attribute(seat.lease, pid));
  }

  /** A worker is gone. */
  workerGone(): void {
    this.#seenSeq = null;
    this.#rounds.look();
  }

  /** Variables that tell a worker that is about to be started which GPU it is given. */
  placeOf(instance: string): Promise<{ [name: string]: string }> {
    return this.#places.variablesFor(instance, this.#seats.of(instance));
  }

  /** Gives everything back. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const ask of this.#asks.all()) this.#drop(ask);
    await this.#rounds.stop();
    this.#seats.releaseAll();
    await Promise.allSettled(this.#unsettled);
    this.#stopListening?.();
    if (this.#ledger !== null) await closeQuietly(this.#ledger);
  }

  #drop(ask: Ask): void {
    this.#asks.remove(ask);
    const { ticket } = ask;
    ask.ticket = null;
    if (ticket !== null) this.#ask((ledger) => ledger.leaveLine(ticket));
  }

  async #goRound(): Promise<void> {
    try {
      await Promise.allSettled(this.#unsettled);
      const ledger = await this.#opened();
      const look = await this.#lookAt(ledger, this.#seenSeq);
      this.#seenSeq = look.seq;
      this.#room.hear({ waiters: look.waiters, live: look.leases });
      this.#places.forgetGone(look);
      await this.#askAll(ledger, look);
      if (look.isOld && this.#asks.all().some(({ short }) => short !== null)) {
        this.#seenSeq = null;
        this.#rounds.look();
        return;
      }
      this.#room.make(look);
      if (this.#room.letGiveWay(look)) this.#tell();
    } catch (error) {
      this.#cannotTell(error);
    }
  }

  #lookAt(ledger: SeatLedger, knownSeq: number | null = null): Promise<Look> {
    return Look.take(this.#ports, ledger, { own: this.#asks.tickets(), knownSeq });
  }

  /** As many as could start: a seat that no lane is free for would only be in the way of others. */
  async #askAll(ledger: SeatLedger, look: Look): Promise<void> {
    let unused = this.#seats.unused;
    for (const ask of this.#asks.inOrder()) {
      if (this.#isClosed || unused >= this.#lanes) return;
      if (!this.#asks.has(ask) || this.#room.isEnding(ask.instance)) continue;
      const worker = look.workerOf(ask.instance);
      const place = worker === null ? null : this.#places.of(worker);
      // oxlint-disable-next-line no-await-in-loop -- in order, each with what the one before was granted
      const asked = await askLedger(ask, look, ledger, {
        ports: this.#ports,
        worker,
        gpu: place?.gpu ?? null,
        presumed: place?.amounts ?? {},
        residents: this.#room.residents(look, null),
      });
      if (this.#take(ask, asked, look)) unused += 1;
    }
  }

  /** True for one that got a seat. */
  #take(ask: Ask, asked: Asked, look: Look): boolean {
    if (asked.kind === 'waits') {
      Object.assign(ask, asked.ask);
      if (!this.#asks.has(ask)) this.#drop(ask);
      return false;
    }
    if (asked.kind === 'refused') {
      this.#drop(ask);
      const atMs = this.#ports.clock.monotonicMs();
      this.#refusals.set(ask.instance, { error: asked.error, atMs });
      this.#tell();
      return false;
    }
    const seat = seatOf(ask.instance, asked.granted, asked.basis);
    look.leases.push(asked.granted.lease);
    ask.ticket = null;
    this.#seats.add(seat);
    this.#places.granted(seat);
    // Its jobs may have been cancelled meanwhile: then it is given back in a while.
    this.#asks.remove(ask);
    this.#tell();
    return true;
  }

  #opened(): Promise<SeatLedger> {
    this.#ledger ??= this.#ports.openLedger().then(
      (ledger) => {
        this.#stopListening = ledger.onChange(() => void this.#hear(ledger));
        return ledger;
      },
      (error) => {
        this.#ledger = null;
        throw error;
      },
    );
    return this.#ledger;
  }

  /** Somebody has written to the ledger: another host may wait, or have freed what is waited for here. */
  async #hear(ledger: SeatLedger): Promise<void> {
    const view = await ledger.state().catch(() => null);
    if (view === null || this.#isClosed) return;
    this.#room.hear(view);
    this.#rounds.look();
  }

  /** Nothing is granted by guess: whoever waits is told why nobody can tell. */
  #cannotTell(error: unknown): void {
    const code = error instanceof HostError ? error.code : 'LEDGER_UNREADABLE';
    const hint = error instanceof HostError && error.hint !== undefined ? ` ${error.hint}` : '';
    const text = `waiting, because what of this machine is free cannot be told (${code}): ${messageOf(error)}${hint}`;
    for (const ask of this.#asks.all()) {
      ask.reason = { kind: 'ledger', text };
      ask.short = null;
    }
    const broken = this.#ledger;
    this.#ledger = null;
    this.#stopListening?.();
    this.#stopListening = null;
    if (broken !== null) void closeQuietly(broken);
  }

  #ask(request: (ledger: SeatLedger) => Promise<unknown>): void {
    const opening = this.#ledger;
    if (opening === null) return;
    const ask = async () => request(await opening);
    const settled = ask()
      .catch(() => {})
      .finally(() => this.#unsettled.delete(settled));
    this.#unsettled.add(settled);
  }

  #tell(): void {
    if (this.#isClosed) return;
    for (const listener of this.#listeners) listener();
  }
}

async function closeQuietly(opening: Promise<SeatLedger>): Promise<void> {
  const ledger = await opening.catch(() => null);
  await ledger?.close().catch(() => {});
}

const endingText = (instance: string): string =>
  `waiting until the worker of \`${instance}\` has ended, which makes room on this machine`;

const gaveWay = (instance: string, waiter: string): string =>
  `waiting for ${waiter}, which has waited too long for what \`${instance}\` holds and comes first`;
