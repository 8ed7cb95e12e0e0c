import { arbitrate, type ClaimRequest, type World } from '../../../src/kernel/arbitrate/index.ts';
import type { Claim } from '../../../src/kernel/claims/index.ts';
import {
  adoption,
  allowed,
  applyEvent,
  attribution,
  checkpointOf,
  emptyState,
  type Evidence,
  type EventDraft,
  expiry,
  grant,
  halt,
  isStale,
  isTrusted,
  leave,
  type LedgerEvent,
  type LedgerState,
  release,
  renewal,
  replay,
  wait,
} from '../../../src/kernel/leases/index.ts';
import { meet, Oracle, type TrueLease } from './oracle.ts';
import { Random } from './random.ts';
import { emptyReport, type ModelReport } from './report.ts';
import { policy, type Wish, wishes } from './wishes.ts';

/** What a holder remembers, perhaps long after it is true no more. */
interface Memory {
  id: string;
  secret: string;
  token: number;
  termMs: number | null;
  askedMs: number;
  boot: number;
}

export interface ModelOptions {
  seed: number;
  /** Writes without asking: the control, which must come to stale writes. */
  unfenced?: boolean;
}

const pieces = 5;
const processes = 12;
const holders = ['anna', 'bert', 'cleo', 'dora', 'emil', 'fred'];
const runs = [null, null, 'run-1', 'run-2'];
const capacity = {
  'license:x': { total: pieces, budget: pieces, used: 0, usedBy: null },
};

/** Random steps on the pure kernel, each held against an oracle that knows every path, name and piece by itself. */
export class Model {
  readonly #random: Random;
  readonly #unfenced: boolean;
  readonly #oracle = new Oracle(pieces, processes);
  readonly #wishes = wishes();
  readonly #report: ModelReport;
  #state: LedgerState = emptyState();
  #log: LedgerEvent[] = [];
  #live: World['live'] = [];
  #waiters: World['waiters'] = [];
  /** By ticket. */
  readonly #wanted = new Map<number, Wish>();
  readonly #memories: Memory[] = [];
  #boot = 1;
  #nowMs = 1000;
  #lastMs = 1000;
  #ids = 0;
  #starts = 0;

  constructor({ seed, unfenced = false }: ModelOptions) {
    this.#random = new Random(seed);
    this.#unfenced = unfenced;
    this.#report = emptyReport();
  }

  /** Goes so many steps on, and tells of all that were made. */
  run(steps: number): ModelReport {
    for (let step = 0; step < steps; step++) this.#step();
    this.#reload();
    this.#report.steps += steps;
    return { ...this.#report };
  }

  #step(): void {
    const chance = this.#random.below(100_000);
    if (chance < 30_000) this.#acquire();
    else if (chance < 46_000) this.#release();
    else if (chance < 60_000) this.#renew();
    else if (chance < 78_000) this.#write();
    else if (chance < 89_000) this.#nowMs += this.#random.below(400);
    else if (chance < 91_500) this.#adopt();
    else if (chance < 93_500) this.#askAgain();
    else if (chance < 95_500) this.#process();
    else if (chance < 97_500) this.#trust();
    else if (chance < 99_000) this.#steer();
    else if (chance < 99_900) this.#nowMs += this.#random.below(20_000);
    else if (chance < 99_990) this.#nowMs += 1;
    else if (chance < 99_995) this.#compact();
    else if (chance < 99_998) this.#reload();
    else this.#reboot();
  }

  /** What a ledger does first in every transaction: what is provably over is ended, and told. */
  #sweep(): void {
    const bootId = this.#bootId();
    for (const lease of this.#live) {
      if (!this.#state.leases.has(lease.id)) continue;
      const { process } = lease.holder;
      const start = process === null ? 0 : (this.#oracle.processes[process.pid] ?? 0);
      const evidence: Evidence = { bootId, pidNamespace: 'ours' };
      if (process !== null) evidence.startedAt = start === 0 ? null : String(start);
      const found = expiry(this.#state, lease, evidence, this.#nowMs);
      if (found.kind !== 'do') continue;
      if (found.event.type === 'expired') this.#report.expired += 1;
      this.#record(found.event);
    }
    for (const { ticket, untilMs, bootId: of } of this.#waiters) {
      if (of !== bootId || untilMs <= this.#nowMs) this.#record(leave(ticket, 'gone').event);
    }
    this.#oracle.bury(this.#nowMs);
    if (this.#oracle.leases.length !== this.#state.leases.size) {
      const theirs = this.#oracle.leases.map(({ id }) => id).join();
      this.#wrong(
        'differences',
        `live: ${[...this.#state.leases.keys()].join()}, truly: ${theirs}`,
      );
    }
  }

  #acquire(): void {
    const random = this.#random;
    const parent = random.oneIn(8) ? random.of([null, ...this.#memories]) : null;
    const holder = random.of(holders);
    const wish = random.of(this.#wishes);
    const second = random.oneIn(6) ? random.of(this.#wishes) : null;
    this.#ask(
      [wish, ...(second === null ? [] : [second])],
      holder,
      random.of(runs),
      parent?.id ?? null,
      null,
    );
  }

  /** One that waits asks again, with its place in the line. */
  #askAgain(): void {
    const waiter = this.#waiters[this.#random.below(Math.max(1, this.#waiters.length))];
    const wanted = waiter === undefined ? undefined : this.#wanted.get(waiter.ticket);
    if (waiter === undefined || wanted === undefined) return;
    this.#ask([wanted], waiter.holder.name, waiter.runId, null, waiter.ticket);
  }

  #ask(
    alternatives: readonly Wish[],
    holder: string,
    runId: string | null,
    parent: string | null,
    asked: number | null,
  ): void {
    this.#sweep();
    const ticket = asked === null || this.#state.waiters.has(asked) ? asked : null;
    const request: ClaimRequest = {
      holder,
      runId,
      parent,
      ticket,
      alternatives: alternatives.map(({ claims }) => claims),
    };
    const world: World = { live: this.#live, waiters: this.#waiters, capacity };
    const decision = arbitrate(request, world, policy, this.#nowMs);
    const isKin = this.#oracle.kinOf(holder, runId, parent);
    if (decision.kind !== 'granted') {
      this.#report.waits += 1;
      const isFree = ({ cells, pieces: wanted }: Wish): boolean =>
        this.#oracle.holderOf(cells, isKin) === undefined &&
        this.#oracle.piecesHeld() + wanted <= pieces;
      if (
        decision.kind === 'refused' ||
        (decision.code !== 'LINE_AHEAD' && alternatives.some(isFree) && this.#waiters.length === 0)
      ) {
        this.#wrong('needlessWaits', `${decision.code}: ${decision.reason}`);
      }
      if (ticket === null && this.#random.oneIn(4))
        this.#enterLine(alternatives[0] as Wish, holder, runId);
      return;
    }
    const wish = alternatives[decision.alternative] as Wish;
    this.#checkGrant(wish, isKin, holder, runId, ticket);
    this.#grant(wish, decision.claims, { holder, runId, parent, ticket });
  }

  #checkGrant(
    { cells, pieces: wanted }: Wish,
    isKin: (lease: TrueLease) => boolean,
    holder: string,
    runId: string | null,
    ticket: number | null,
  ): void {
    const other = this.#oracle.holderOf(cells, isKin);
    if (other !== undefined) this.#wrong('doubleGrants', `to ${holder} what ${other.id} holds`);
    if (this.#oracle.piecesHeld() + wanted > pieces) {
      this.#wrong('doubleGrants', `${wanted} pieces to ${holder}`);
    }
    for (const waiter of this.#waiters) {
      if (ticket !== null && waiter.ticket >= ticket) continue;
      if (waiter.holder.name === holder || (runId !== null && waiter.runId === runId)) continue;
      const theirs = this.#wanted.get(waiter.ticket)?.cells ?? [];
      // Who waits for those who ask waits for them to be done, and they may need more for that.
      const isTheirs = this.#oracle.leases.some((one) => isKin(one) && meet(one.cells, theirs));
      if (meet(cells, theirs) && !isTheirs) {
        this.#wrong('queueJumps', `${holder} before ${waiter.ticket}`);
      }
    }
  }

  #grant(
    wish: Wish,
    claims: readonly Claim[],
    {
      holder,
      runId,
      parent,
      ticket,
    }: { holder: string; runId: string | null; parent: string | null; ticket: number | null },
  ): void {
    const random = this.#random;
    const secret = `s${++this.#ids}`;
    const process = random.oneIn(3) ? this.#someProcess() : null;
    const termMs = process !== null && random.oneIn(2) ? null : 200 + random.below(4000);
    const found = grant(this.#state, {
      id: `lse_${this.#ids}`,
      holder: {
        name: holder,
        process:
          process === null
            ? null
            : {
                bootId: this.#bootId(),
                pid: process.pid,
                startedAt: String(process.start),
                pidNamespace: process.isForeign ? 'theirs' : 'ours',
              },
      },
      claims,
      bootId: this.#bootId(),
      nowMs: this.#nowMs,
      at: '',
      termMs,
      maxTermMs: 100_000,
      purpose: null,
      parent,
      runId,
      secretHash: hashOf(secret),
      attributedPid: null,
      ticket,
      spawn: null,
      overtaken: [],
      overlaps: [],
    });
    if (found.kind === 'refused') {
      // Its parent is over; nothing else may be wrong with it.
      if (parent === null || this.#oracle.find(parent)) this.#wrong('differences', found.reason);
      return;
    }
    this.#record(found.event);
    const { lease } = found.event.payload;
    this.#checkToken(lease.token);
    this.#report.grants += 1;
    this.#oracle.leases.push({
      id: lease.id,
      holder,
      run: runId,
      parent,
      secret,
      token: lease.token,
      cells: wish.cells,
      pieces: wish.pieces,
      process,
      termMs,
      endMs: termMs === null ? null : this.#nowMs + termMs,
      leftMs: null,
    });
    this.#remember({ id: lease.id, secret, token: lease.token, termMs });
  }

  #enterLine(wish: Wish, holder: string, runId: string | null): void {
    const { event } = wait(this.#state, {
      holder: { name: holder, process: null },
      runId,
      alternatives: [wish.claims],
      purpose: null,
      bootId: this.#bootId(),
      sinceMs: this.#nowMs,
      untilMs: this.#nowMs + 100 + this.#random.below(1000),
    });
    this.#record(event);
    const { ticket } = event.payload.waiter;
    this.#wanted.set(ticket, wish);
  }

  #renew(): void {
    const memory = this.#someMemory();
    if (memory === undefined) return;
    this.#sweep();
    const found = renewal(this.#state, memory.id, {
      authority: { kind: 'holder', secretHash: hashOf(memory.secret) },
      nowMs: this.#nowMs,
      termMs: null,
      maxTermMs: 100_000,
      floorMs: this.#random.oneIn(2) ? 0 : 50,
    });
    const lease = this.#oracle.find(memory.id);
    const isHis = lease !== undefined && lease.secret === memory.secret;
    if (isHis !== (found.kind !== 'refused')) {
      this.#wrong('differences', `renewal of ${memory.id}: ${found.kind}, truly ${isHis}`);
    }
    if (found.kind === 'refused') this.#report.refusedRenewals += 1;
    if (found.kind !== 'do' || lease === undefined) return;
    this.#record(found.event);
    this.#report.renewals += 1;
    if (lease.termMs !== null) lease.endMs = this.#nowMs + lease.termMs;
    memory.askedMs = this.#nowMs;
    memory.boot = this.#boot;
  }

  #release(): void {
    const memory = this.#someMemory();
    if (memory === undefined) return;
    this.#sweep();
    const found = release(this.#state, memory.id, {
      authority: { kind: 'holder', secretHash: hashOf(memory.secret) },
    });
    const lease = this.#oracle.find(memory.id);
    const isHis = lease?.secret === memory.secret;
    if (isHis !== (found.kind === 'do')) this.#wrong('differences', `release of ${memory.id}`);
    if (found.kind !== 'do') return;
    this.#record(found.event);
    this.#oracle.end(memory.id);
  }

  /** A write that asks before: it is done while its holder holds the lease, and by nobody else. */
  #write(): void {
    const memory = this.#someMemory();
    if (memory === undefined) return;
    this.#sweep();
    const isDone = this.#unfenced || this.#mayWrite(memory);
    const lease = this.#oracle.find(memory.id);
    const isHis = lease?.secret === memory.secret && lease.token === memory.token;
    if (!isDone) {
      this.#report.refusedWrites += 1;
      if (isHis) this.#wrong('needlessWaits', `write under ${memory.id}`);
      return;
    }
    this.#report.writes += 1;
    if (!isHis) this.#wrong('staleWrites', `under ${memory.id} with token ${memory.token}`);
    else if (this.#random.oneIn(4)) {
      const payload = { token: memory.token, what: null };
      this.#record({ type: 'guarded', leaseId: memory.id, payload });
    }
  }

  #mayWrite({ id, secret, token }: Memory): boolean {
    const found = allowed(this.#state, id, { kind: 'holder', secretHash: hashOf(secret) });
    return found.kind === 'live' && !isStale(token, found.lease.token);
  }

  /** A holder that still trusts its lease, without asking, holds it truly. */
  #trust(): void {
    const memory = this.#someMemory();
    if (memory === undefined || memory.termMs === null || memory.boot !== this.#boot) return;
    if (!isTrusted(memory, memory.askedMs, this.#nowMs)) return;
    const lease = this.#oracle.find(memory.id);
    // What its holder gave up, or somebody took over, is over by a word that was given, not by time.
    if (lease === undefined || lease.secret !== memory.secret || lease.endMs === null) return;
    if (this.#nowMs >= lease.endMs) this.#wrong('wrongTrust', memory.id);
  }

  #adopt(): void {
    const memory = this.#someMemory();
    if (memory === undefined) return;
    this.#sweep();
    const holder = this.#random.of(holders);
    const secret = `s${++this.#ids}`;
    const process = this.#random.oneIn(3) ? this.#someProcess() : null;
    const bootId = this.#bootId();
    const found = adoption(this.#state, memory.id, {
      authority: this.#random.oneIn(3)
        ? { kind: 'operator', name: 'op' }
        : { kind: 'holder', secretHash: hashOf(memory.secret) },
      holder: {
        name: holder,
        process:
          process === null
            ? null
            : {
                bootId,
                pid: process.pid,
                startedAt: String(process.start),
                pidNamespace: process.isForeign ? 'theirs' : 'ours',
              },
      },
      secretHash: hashOf(secret),
      bootId,
      nowMs: this.#nowMs,
      term: { defaultMs: 1000, maxMs: 100_000 },
    });
    const lease = this.#oracle.find(memory.id);
    if (found.kind !== 'do') return;
    if (lease === undefined)
      return this.#wrong('differences', `adopted ${memory.id}, which is over`);
    this.#record(found.event);
    const { token, termMs, expiresMs } = found.event.payload;
    this.#checkToken(token);
    this.#report.adoptions += 1;
    Object.assign(lease, { holder, secret, token, process, termMs, endMs: expiresMs });
    const related = this.#oracle.related(lease);
    const clash = this.#oracle.holderOf(lease.cells, (other) => other === lease || related(other));
    if (clash) this.#wrong('doubleGrants', `${lease.id}, adopted, has what ${clash.id} has`);
    this.#remember({ id: lease.id, secret, token, termMs });
  }

  #steer(): void {
    const memory = this.#someMemory();
    if (memory === undefined) return;
    this.#sweep();
    const found = this.#random.oneIn(2)
      ? halt(this.#state, memory.id, { reason: 'enough', by: 'op' })
      : attribution(this.#state, memory.id, {
          authority: { kind: 'holder', secretHash: hashOf(memory.secret) },
          pid: this.#random.below(1000),
        });
    if (found.kind === 'do') this.#record(found.event);
  }

  #process(): void {
    const pid = this.#random.below(processes);
    // Its number may be another one's at once.
    this.#oracle.processes[pid] = this.#random.oneIn(2) ? 0 : ++this.#starts;
  }

  #someProcess(): { pid: number; start: number; isForeign: boolean } {
    const pid = this.#random.below(processes);
    const start = this.#oracle.processes[pid] || ++this.#starts;
    this.#oracle.processes[pid] = start;
    return { pid, start, isForeign: this.#random.oneIn(20) };
  }

  #compact(): void {
    this.#sweep();
    const before = digestOf(this.#state);
    this.#record(checkpointOf(this.#state));
    this.#log = this.#log.slice(-1);
    this.#report.compactions += 1;
    if (digestOf(this.#state) !== before) this.#wrong('differences', 'a checkpoint');
    this.#reload();
  }

  /** The process that had the state in its memory is killed; the next one has the log. */
  #reload(): void {
    const before = digestOf(this.#state);
    this.#state = replay(JSON.parse(JSON.stringify(this.#log)) as LedgerEvent[]);
    this.#report.crashes += 1;
    this.#refresh();
    if (digestOf(this.#state) !== before) this.#wrong('differences', 'a replay');
    // A log that goes on for ever is no part of what is tested here.
    if (this.#log.length > 5000) {
      this.#record(checkpointOf(this.#state));
      this.#log = this.#log.slice(-1);
    }
  }

  #reboot(): void {
    this.#report.reboots += 1;
    this.#oracle.reboot(this.#lastMs);
    this.#boot += 1;
    this.#nowMs = this.#random.below(500);
    this.#sweep();
  }

  #checkToken(token: number): void {
    if (token <= this.#oracle.highestToken) this.#wrong('fallenTokens', String(token));
    this.#oracle.highestToken = token;
  }

  #record(draft: EventDraft): void {
    const event: LedgerEvent = {
      ...draft,
      seq: this.#state.seq + 1,
      at: '',
      bootId: this.#bootId(),
      bootMs: this.#nowMs,
    };
    this.#log.push(event);
    this.#lastMs = this.#nowMs;
    applyEvent(this.#state, event);
    this.#refresh();
  }

  #refresh(): void {
    for (const ticket of this.#wanted.keys()) {
      if (!this.#state.waiters.has(ticket)) this.#wanted.delete(ticket);
    }
    this.#live = [...this.#state.leases.values()];
    this.#waiters = [...this.#state.waiters.values()];
  }

  #remember(memory: Omit<Memory, 'askedMs' | 'boot'>): void {
    const full = { ...memory, askedMs: this.#nowMs, boot: this.#boot };
    // Old ones stay for a while: they are who comes back too late.
    if (this.#memories.length < 24) this.#memories.push(full);
    else this.#memories[this.#random.below(24)] = full;
  }

  #someMemory(): Memory | undefined {
    return this.#memories[this.#random.below(Math.max(1, this.#memories.length))];
  }

  readonly #bootIds = new Map<number, string>();
  #bootId(): string {
    let id = this.#bootIds.get(this.#boot);
    if (id === undefined) this.#bootIds.set(this.#boot, (id = `boot-${this.#boot}`));
    return id;
  }

  #wrong(
    what:
      | 'doubleGrants'
      | 'staleWrites'
      | 'fallenTokens'
      | 'needlessWaits'
      | 'queueJumps'
      | 'wrongTrust'
      | 'differences',
    how: string,
  ): void {
    this.#report[what] += 1;
    this.#report.firstProblem ??= `${what}: ${how}`;
  }
}

const hashOf = (secret: string): string => `hash of ${secret}`;

function digestOf(state: LedgerState): string {
  const { seq: _, bootMs: __, ...rest } = state;
  return JSON.stringify({
    ...rest,
    leases: [...state.leases],
    waiters: [...state.waiters],
    spawns: [...state.spawns],
    endings: [...state.endings],
  });
}
