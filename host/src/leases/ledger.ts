import { defaults } from '../defaults.ts';
import type { Decision } from '../kernel/arbitrate/index.ts';
import type { Lease, Spawn } from '../kernel/leases/index.ts';
import {
  compact,
  type Compacted,
  LedgerFile,
  type Moment,
  readEvents,
  removeCompacted,
  verifyLedger,
} from '../stores/ledger/index.ts';
import { judge } from './judge.ts';
import { type Machine, thisMachine } from './machine.ts';
import { refusalError } from './operations/change.ts';
import { stage } from './operations/guard-file.ts';
import {
  type Arguments,
  durabilityOf,
  type OperationName,
  operations,
  type Result,
} from './operations/index.ts';
import { check, viewOf } from './operations/look.ts';
import { mayWrite } from './operations/may-write.ts';
import type { Place } from './operations/place.ts';
import { dropSpawns, isOfEarlierBoot, settleBoot } from './operations/settle.ts';
import type {
  Adopted,
  AdoptOptions,
  Authority,
  Changed,
  CheckOptions,
  Guarded,
  GuardedFile,
  LedgerAnswer,
  LedgerRequest,
  Renewed,
  RenewOptions,
  SpawnOptions,
} from './request.ts';
import type { LedgerReport, LedgerView, LoggedEvent, LogOptions } from './service.ts';

export interface LedgerOptions {
  /** Throws LEDGER_UNREADABLE where there is none, instead of making one. */
  mustExist?: boolean;
  allowNetworkFilesystem?: boolean;
  /** How long to wait for others who write before LEDGER_BUSY. */
  busyMs?: number;
  /** A log longer than this is compacted, in passing; 0: only when asked. */
  compactAfter?: number;
  /** False: whoever has it open calls `maintain` now and then. */
  isMaintained?: boolean;
  /** Another one than this, for those who want to see a boot pass. */
  machine?: Machine;
}

/** Something to be done, by name, as it comes from another thread. */
export interface Operation {
  name: OperationName;
  args: readonly unknown[];
  startedMs: number;
}

export type Outcome = { value: unknown } | { error: unknown };

/**
 * One ledger of leases, synchronously: each call is one transaction, and what it answers is on disk, as far as it would
 * outlive the machine. Any number of processes may have the same one open.
 *
 *     const ledger = Ledger.open('/path/leases.db');
 *     const answer = ledger.acquire({ holder: 'me', alternatives: [[claim]], policy, capacity: {} });
 *     if (answer.kind === 'granted') ledger.release(answer.lease.id, { secret: answer.secret });
 *
 * Every call may throw LEDGER_UNREADABLE, LEDGER_BUSY and STORE_WRITE_FAILED, and has changed nothing then.
 */
export class Ledger {
  readonly path: string;
  readonly machine: Machine;
  readonly #file: LedgerFile;
  readonly #compactAfter: number;
  readonly #isMaintained: boolean;
  #isAwake = false;
  #mayHaveRemains = true;

  private constructor(path: string, options: LedgerOptions) {
    const { machine = thisMachine(), compactAfter = defaults.ledgerCompactAfter } = options;
    const { mustExist, allowNetworkFilesystem, busyMs = defaults.ledgerBusyMs } = options;
    this.path = path;
    this.machine = machine;
    this.#compactAfter = compactAfter;
    this.#isMaintained = options.isMaintained ?? true;
    this.#file = new LedgerFile(path, {
      busyMs,
      mustExist: mustExist ?? false,
      allowNetworkFilesystem: allowNetworkFilesystem ?? false,
    });
  }

  static open(path: string, options: LedgerOptions = {}): Ledger {
    return new Ledger(path, options);
  }

  acquire(request: LedgerRequest): LedgerAnswer {
    return this.#perform('acquire', request);
  }

  /** What `acquire` would answer now; writes nothing and waits for nobody who writes. */
  peek(request: LedgerRequest): Decision {
    this.#awaken();
    return this.#file.read(this.machine.bootId, (state) =>
      judge(state, request, this.machine, this.machine.bootMs()),
    ).decision;
  }

  release(id: string, authority: Authority): Changed {
    return this.#perform('release', id, authority);
  }

  renew(id: string, authority: Authority, options: RenewOptions = {}): Renewed {
    return this.#perform('renew', id, authority, options);
  }

  adopt(id: string, authority: Authority, options: AdoptOptions): Adopted {
    return this.#perform('adopt', id, authority, options);
  }

  halt(id: string, request: { reason: string; by: string }): Changed {
    return this.#perform('halt', id, request);
  }

  /** Announces a start. Throws LABEL_INVALID, and LEASE_NOT_FOUND or LEASE_OVER about its parent. */
  spawn(options: SpawnOptions): Spawn {
    return this.#perform('spawn', options);
  }

  check(id: string, options: CheckOptions = {}): Changed {
    this.#awaken();
    const { bootId } = this.machine;
    return this.#file.read(
      bootId,
      (state) => check(state, id, options, this.machine, this.machine.bootMs()),
      id,
    );
  }

  attribute(id: string, pid: number | null): Changed {
    return this.#perform('attribute', id, pid);
  }

  /** The place at the end of the line, or where the caller stands already. Null when there was no need to wait. */
  enterLine(request: LedgerRequest, waitMs: number): LedgerAnswer {
    return this.acquire({ ...request, lineMs: waitMs });
  }

  leaveLine(ticket: number): void {
    this.#perform('leaveLine', ticket);
  }

  /**
   * Runs `write` inside the ledger's transaction, once it is sure that the lease holds: nobody can be granted the same
   * before it is through, also not when this process is stopped in its midst. Throws LEASE_OVER, SECRET_WRONG and the
   * like without running it, and whatever `write` throws.
   */
  guard<T>(
    id: string,
    secret: string,
    write: (lease: Lease) => T,
    options: { token?: number; what?: string } = {},
  ): T {
    const { token, what } = options;
    const outcome = unwrapped(() =>
      this.#transact(durabilityOf('release', [id], this.#file.lastKnown), (place) => {
        const may = mayWrite(place, id, secret, token);
        if (may.kind === 'refused') return may;
        const value = attempted(() => write(may.lease));
        const payload = { token: may.lease.token, what: what ?? null };
        place.tx.append({ type: 'guarded', leaseId: id, payload });
        return { kind: 'done', value } as const;
      }),
    );
    if (outcome.kind === 'refused') throw refusalError(outcome);
    return outcome.value;
  }

  guardFile(id: string, secret: string, file: GuardedFile): Guarded {
    // What cannot be written anyway is not staged.
    const now = this.check(id, { secret, path: file.path, isWrite: true, ...tokenOf(file) });
    if (now.kind === 'refused') return now;
    return this.#perform('guardFile', id, secret, { ...stage(file), ...tokenOf(file) });
  }

  state(): LedgerView {
    this.#awaken();
    const { bootId } = this.machine;
    return this.#file.read(bootId, (state) =>
      viewOf(state, this.path, this.machine, this.machine.bootMs()),
    );
  }

  log(options: LogOptions = {}): LoggedEvent[] {
    return this.#file.read(this.machine.bootId, (_state, db, head) =>
      readEvents(db, head, options),
    ) as unknown as LoggedEvent[];
  }

  compact(): Compacted {
    this.#awaken();
    const report = compact(this.#file, this.#moment);
    while (removeCompacted(this.#file, this.#moment));
    return report;
  }

  /** Reads all of it; throws LEDGER_UNREADABLE only where not even that can be done. */
  verify(): LedgerReport {
    return this.#file.inspect((db, head) => ({ path: this.path, ...verifyLedger(db, head) }));
  }

  /** Another number than before: somebody else has written. */
  version(): number {
    return this.#file.version();
  }

  /** Does all of it in one transaction; one that fails takes nothing of the others with it. */
  perform(these: readonly Operation[]): Outcome[] {
    const known = this.#file.lastKnown;
    const isSynced = these.some(({ name, args }) => durabilityOf(name, args, known) === 'synced');
    return this.#transact(isSynced ? 'synced' : 'quick', (place) =>
      these.map(({ name, args, startedMs }): Outcome => {
        const operate = operations[name] as (place: Place, ...args: readonly unknown[]) => unknown;
        try {
          return { value: place.tx.attempt(() => operate({ ...place, startedMs }, ...args)) };
        } catch (error) {
          if (!place.tx.db.raw.isTransaction) throw error;
          return { error };
        }
      }),
    );
  }

  /** What is not urgent: a long log is compacted, and what that left is removed little by little. Whether there is more. */
  maintain(): boolean {
    if (!this.#isMaintained) this.#file.rest();
    if (this.#compactAfter > 0 && this.#file.length > this.#compactAfter) {
      compact(this.#file, this.#moment);
      this.#mayHaveRemains = true;
    }
    if (this.#mayHaveRemains) this.#mayHaveRemains = removeCompacted(this.#file, this.#moment);
    return this.#mayHaveRemains;
  }

  close(): void {
    this.#file.close();
  }

  readonly #moment = (): Moment => ({
    bootId: this.machine.bootId,
    bootMs: this.machine.bootMs(),
    at: this.machine.at(),
  });

  #perform<Name extends OperationName>(name: Name, ...args: Arguments<Name>): Result<Name> {
    const operate = operations[name] as (place: Place, ...args: readonly unknown[]) => unknown;
    const durability = durabilityOf(name, args, this.#file.lastKnown);
    return this.#transact(durability, (place) => operate(place, ...args)) as Result<Name>;
  }

  #transact<T>(durability: 'synced' | 'quick', work: (place: Place) => T): T {
    this.#awaken();
    const { machine } = this;
    const startedMs = machine.bootMs();
    const value = this.#file.transact(this.#moment, durability, (tx) => {
      const place = { tx, machine, startedMs };
      if (tx.state.spawns.size > 0) dropSpawns(place);
      return work(place);
    });
    if (this.#isMaintained) this.maintain();
    return value;
  }

  /** Once: whether this is the first look in a new boot. */
  #awaken(): void {
    if (this.#isAwake) return;
    const { machine } = this;
    const { bootId } = machine;
    if (this.#file.read(bootId, (state) => isOfEarlierBoot(state, bootId))) {
      this.#file.transact(this.#moment, 'synced', (tx) =>
        settleBoot({ tx, machine, startedMs: tx.moment.bootMs }),
      );
    }
    this.#isAwake = true;
  }
}

const tokenOf = ({ token }: GuardedFile): { token?: number } =>
  token === undefined ? {} : { token };

/** What a guarded write threw, so that it is not taken for an error of the ledger. */
class Thrown extends Error {}

function attempted<T>(write: () => T): T {
  try {
    return write();
  } catch (cause) {
    throw new Thrown('a guarded write threw', { cause });
  }
}

function unwrapped<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof Thrown ? error.cause : error;
  }
}
