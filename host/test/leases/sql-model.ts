import assert from 'node:assert/strict';
import { Ledger } from '../../src/leases/index.ts';
import { named, OwnMachine, policy } from './world.ts';

/**
 * Random work on a real ledger beside a model of a few lines that knows nothing of SQL: who may have what is worked out
 * twice, and has to be the same. Time, processes and boots are the model's own; two connections take turns.
 */
export interface ModelOptions {
  path: string;
  steps: number;
  seed: number;
  /** False: writes are made without asking the ledger, as a control that the model finds stale ones. */
  isFenced?: boolean;
}

export interface ModelReport {
  steps: number;
  granted: number;
  refused: number;
  writes: number;
  boots: number;
  compactions: number;
}

interface Held {
  id: string;
  secret: string;
  holder: string;
  names: string[];
  mode: 'shared' | 'exclusive';
  token: number;
  termMs: number | null;
  renewedMs: number;
  expiresMs: number | null;
  process: { pid: number; startedAt: string } | null;
}

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const holders = ['ann', 'bob', 'carl', 'dora', 'eve'];
const pids = [11, 12, 13, 14];

export class SqlModel {
  readonly report: ModelReport = {
    steps: 0,
    granted: 0,
    refused: 0,
    writes: 0,
    boots: 0,
    compactions: 0,
  };
  readonly #options: ModelOptions;
  readonly #random: () => number;
  #machine = new OwnMachine('boot-0', 1_000_000);
  #ledgers: Ledger[] = [];
  #held: Held[] = [];
  /** Ended or handed on: nothing may be written by them any more. */
  #former: Held[] = [];
  /** By name, who wrote last. Leases of one holder never exclude each other, so their order says nothing. */
  readonly #written = new Map<string, { token: number; holder: string }>();
  #token = 0;
  #starts = 0;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.#random = mulberry(options.seed);
    this.#start();
  }

  /** Throws with the number of the step that went wrong. */
  run(): ModelReport {
    const { steps, seed } = this.#options;
    try {
      for (; this.report.steps < steps; this.report.steps++) this.#step();
      assert.deepEqual(this.#ledger().verify().problems, []);
      return this.report;
    } catch (error) {
      const where = `seed ${seed}, step ${this.report.steps}: `;
      if (error instanceof Error) error.message = where + error.message;
      throw error;
    } finally {
      for (const ledger of this.#ledgers) ledger.close();
    }
  }

  #step(): void {
    const dice = this.#random();
    if (dice < 0.4) this.#acquire();
    else if (dice < 0.55) this.#release();
    else if (dice < 0.65) this.#renew();
    else if (dice < 0.77) this.#write();
    else if (dice < 0.8) this.#adopt();
    else if (dice < 0.83) this.#meddle();
    else if (dice < 0.95) this.#machine.nowMs += Math.floor(this.#random() * 4_000);
    else if (dice < 0.985) this.#restartProcess();
    else if (dice < 0.993) this.#reopen();
    else if (dice < 0.998) this.#compact();
    else this.#reboot();
  }

  #acquire(): void {
    const holder = this.#one(holders);
    const wanted = [...new Set([this.#one(names), this.#one(names)])];
    const mode = this.#random() < 0.3 ? 'shared' : 'exclusive';
    const pid = this.#random() < 0.4 ? this.#one(pids) : null;
    const termMs = pid === null ? 2_000 + Math.floor(this.#random() * 20_000) : null;
    const nowMs = this.#machine.nowMs;
    this.#bury();
    const isFree = !this.#held.some(
      (one) =>
        one.holder !== holder &&
        (one.mode === 'exclusive' || mode === 'exclusive') &&
        one.names.some((name) => wanted.includes(name)),
    );
    const answer = this.#ledger().acquire({
      holder,
      alternatives: [wanted.map((name) => named(name, mode))],
      policy,
      capacity: {},
      ...(pid === null ? {} : { pid }),
      ...(termMs === null ? {} : { termMs }),
    });
    assert.equal(
      answer.kind,
      isFree ? 'granted' : 'waiting',
      `${holder} wants ${wanted.join(' ')}: ${answer.kind === 'granted' ? '' : answer.reason}`,
    );
    if (answer.kind !== 'granted') {
      this.report.refused += 1;
      return;
    }
    this.report.granted += 1;
    assert.ok(answer.lease.token > this.#token, `token ${answer.lease.token} after ${this.#token}`);
    this.#token = answer.lease.token;
    this.#held.push({
      id: answer.lease.id,
      secret: answer.secret,
      holder,
      names: wanted,
      mode,
      token: answer.lease.token,
      termMs,
      renewedMs: nowMs,
      expiresMs: termMs === null ? null : nowMs + termMs,
      process: pid === null ? null : { pid, startedAt: this.#machine.startedAt(pid) ?? '' },
    });
  }

  #release(): void {
    this.#bury();
    const { one, isLive } = this.#any();
    if (one === null) return;
    const answer = this.#ledger().release(one.id, { secret: one.secret });
    assert.equal(answer.kind, isLive ? 'done' : 'refused');
    if (isLive) this.#end(one);
  }

  #renew(): void {
    this.#bury();
    const { one, isLive } = this.#any();
    if (one === null) return;
    const nowMs = this.#machine.nowMs;
    const floorMs = this.#random() < 0.5 ? 1_000 : 0;
    const answer = this.#ledger().renew(one.id, { secret: one.secret }, { floorMs });
    const isYoung = nowMs - one.renewedMs < floorMs;
    assert.equal(answer.kind, isLive ? (isYoung ? 'coalesced' : 'done') : 'refused');
    if (answer.kind !== 'done') return;
    one.renewedMs = nowMs;
    one.expiresMs = one.termMs === null ? null : nowMs + one.termMs;
  }

  /** A write by anybody who ever had the lease: only a holder who may trust it is let through. */
  #write(): void {
    this.#bury();
    const { one, isLive } = this.#any();
    if (one === null) return;
    const write = (): void => {
      for (const name of one.names) {
        const last = this.#written.get(name);
        const isStale = last !== undefined && last.holder !== one.holder && one.token < last.token;
        assert.ok(!isStale, `a stale write of ${name}: token ${one.token} after ${last?.token}`);
        if (one.mode === 'exclusive')
          this.#written.set(name, { token: one.token, holder: one.holder });
      }
      this.report.writes += 1;
    };
    if (this.#options.isFenced === false) return write();
    const { termMs, renewedMs } = one;
    const trustedMs =
      termMs === null ? null : termMs - Math.min(termMs / 2, Math.max(1000, termMs * 0.05), 30_000);
    const mayWrite = isLive && (trustedMs === null || this.#machine.nowMs - renewedMs < trustedMs);
    let isWritten = false;
    try {
      this.#ledger().guard(one.id, one.secret, () => {
        write();
        isWritten = true;
      });
    } catch (error) {
      if (error instanceof assert.AssertionError || isWritten) throw error;
    }
    assert.equal(isWritten, mayWrite, `${one.id} of ${one.holder} writes`);
  }

  #adopt(): void {
    this.#bury();
    const one = this.#held.length === 0 ? null : this.#one(this.#held);
    if (one === null) return;
    // To one who is in nobody's way: adopting does not ask who else holds the same.
    const answer = this.#ledger().adopt(one.id, { secret: one.secret }, { holder: one.holder });
    assert.ok(answer.kind === 'done');
    assert.ok(answer.lease.token > this.#token);
    this.#former.push({ ...one });
    this.#token = answer.lease.token;
    one.token = answer.lease.token;
    one.secret = answer.secret;
    one.renewedMs = this.#machine.nowMs;
    one.process = null;
    one.termMs = answer.lease.termMs;
    one.expiresMs = answer.lease.expiresMs;
  }

  /** With a foreign secret nothing can be done. */
  #meddle(): void {
    this.#bury();
    const { one } = this.#any();
    if (one === null) return;
    for (const authority of [{ secret: '' }, { secret: 'guess' }]) {
      const ledger = this.#ledger();
      assert.equal(ledger.release(one.id, authority).kind, 'refused');
      assert.equal(ledger.renew(one.id, authority).kind, 'refused');
      assert.equal(ledger.adopt(one.id, authority, { holder: 'mallory' }).kind, 'refused');
    }
  }

  #restartProcess(): void {
    this.#machine.processes.set(this.#one(pids), `start ${this.#starts++}`);
  }

  #reopen(): void {
    const at = Math.floor(this.#random() * this.#ledgers.length);
    this.#ledgers[at]?.close();
    this.#ledgers[at] = this.#open();
  }

  #compact(): void {
    this.report.compactions += 1;
    this.#ledger().compact();
    if (this.#random() < 0.1) assert.deepEqual(this.#ledger().verify().problems, []);
  }

  /** Processes are gone, and what was left of a term at the last event counts from now. */
  #reboot(): void {
    this.#bury();
    const [last] = this.#ledger().log({ limit: 1 });
    for (const ledger of this.#ledgers) ledger.close();
    this.report.boots += 1;
    const before = this.#machine;
    this.#machine = new OwnMachine(
      `boot-${this.report.boots}`,
      1_000 + Math.floor(this.#random() * 10_000),
    );
    this.#start();
    const nowMs = this.#machine.nowMs;
    const seenMs = last?.bootId === before.bootId ? last.bootMs : Number.NEGATIVE_INFINITY;
    const { live } = this.#ledger().state();
    // One whose term had passed and nobody had noticed: of it there was left what there was when last anything was.
    const unnoticed = this.#former.filter(
      (one) =>
        one.process === null && live.some(({ id, token }) => id === one.id && token === one.token),
    );
    this.#former = this.#former.filter((one) => !unnoticed.includes(one));
    this.#held.push(...unnoticed);
    for (const one of this.#held.slice()) {
      if (one.process !== null) this.#end(one);
      const lastMs = Math.max(seenMs, one.renewedMs);
      if (one.expiresMs !== null) one.expiresMs = nowMs + Math.max(0, one.expiresMs - lastMs);
      one.renewedMs = nowMs - (lastMs - one.renewedMs);
      const found = live.find(({ id }) => id === one.id);
      if (one.process === null) assert.equal(found?.expiresMs, one.expiresMs);
    }
  }

  #start(): void {
    for (const pid of pids) this.#machine.processes.set(pid, `start ${this.#starts++}`);
    this.#ledgers = [this.#open(), this.#open()];
  }

  #open(): Ledger {
    return Ledger.open(this.#options.path, { machine: this.#machine, compactAfter: 5_000 });
  }

  #ledger(): Ledger {
    return this.#one(this.#ledgers);
  }

  /** What the model knows to be over. */
  #bury(): void {
    const { nowMs } = this.#machine;
    for (const one of this.#held.slice()) {
      const isPast = one.expiresMs !== null && nowMs >= one.expiresMs;
      const isGone =
        one.process !== null && this.#machine.startedAt(one.process.pid) !== one.process.startedAt;
      if (isPast || isGone) this.#end(one);
    }
  }

  #end(one: Held): void {
    this.#held.splice(this.#held.indexOf(one), 1);
    this.#former.push(one);
    if (this.#former.length > 200) this.#former.shift();
  }

  /** Mostly one that is live, now and then one that was. */
  #any(): { one: Held | null; isLive: boolean } {
    const isLive = this.#random() < 0.7;
    const among = isLive ? this.#held : this.#former;
    return { one: among.length === 0 ? null : this.#one(among), isLive };
  }

  #one<T>(all: readonly T[]): T {
    return all[Math.floor(this.#random() * all.length)] as T;
  }
}

/** The same numbers for the same seed. */
function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
