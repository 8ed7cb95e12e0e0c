import { HostError } from '../errors.ts';
import type { Capacity, Decision, Policy } from '../kernel/arbitrate/index.ts';
import type { Claim } from '../kernel/claims/claim.ts';
import type { Lease, Spawn, Waiter } from '../kernel/leases/index.ts';
import type { Compacted } from '../stores/ledger/index.ts';
import { Attempts } from './attempts.ts';
import { Both, type LedgerName } from './both.ts';
import type {
  AdoptOptions,
  Authority,
  CheckOptions,
  Granted,
  GuardedFile,
  LeaseRequest,
  NotDone,
  Refused,
  RenewOptions,
  SpawnOptions,
  Waits,
} from './request.ts';
import { newSecret } from './secret.ts';
import type { LedgerReport, LedgerService, LoggedEvent, LogOptions } from './service.ts';
import { isOfMachine } from './split.ts';
import { type LeaseView, merged, viewed } from './view.ts';
import { waitFor } from './wait.ts';

export type AcquireAnswer = (Omit<Granted, 'lease'> & { lease: LeaseView }) | Waits | Refused;
export type DeskChanged = { kind: 'done' | 'coalesced'; lease: LeaseView } | NotDone;
export type DeskAdopted = { kind: 'done'; lease: LeaseView; secret: string } | NotDone;

export interface WaitOptions {
  /** 0: no waiting. */
  waitMs?: number;
  /** Ends the waiting: the answer is then why it waited. */
  signal?: AbortSignal;
  /** Hears why it waits: at first, and whenever that changes. */
  onWaiting?: (why: Waits) => void;
}

export interface DeskOptions {
  /** Opened when they are first needed. */
  workspace: () => LedgerService | Promise<LedgerService>;
  machine: () => LedgerService | Promise<LedgerService>;
  policy: Policy;
  termMs: number;
  maxTermMs: number;
  /** Whether a resource is kept in the machine's ledger: what is measured, and what is counted for all workspaces. */
  isMachineResource?: (resource: string) => boolean;
  /** What there is now, for requests that bring no capacity of their own. */
  capacity?: (live: readonly Lease[], claims: readonly Claim[]) => Capacity | Promise<Capacity>;
}

export interface DeskList {
  leases: LeaseView[];
  waiters: (Waiter & { ledger: LedgerName })[];
  spawns: (Spawn & { ledger: LedgerName })[];
}

/**
 * Leases over both ledgers: the workspace's, for regions, names and what is counted in it, and the machine's, for what
 * all workspaces share. A lease that needs both has one id and one secret in both, and is granted in both or in none.
 */
export class LeaseDesk {
  readonly options: DeskOptions;
  readonly #both: Both;
  readonly #attempts: Attempts;

  constructor(options: DeskOptions) {
    this.options = options;
    this.#both = new Both(options.workspace, options.machine);
    this.#attempts = new Attempts(this.#both, options);
  }

  /** Grants, waits for as long as is allowed, or says why not. */
  async acquire(request: LeaseRequest, wait: WaitOptions = {}): Promise<AcquireAnswer> {
    const { waitMs = 0, signal } = wait;
    const asked = this.#attempts.of(request);
    const answer =
      waitMs > 0 && signal?.aborted !== true
        ? await waitFor(asked, this.#both, { ...wait, waitMs })
        : await asked.attempt(0);
    if (answer.kind !== 'granted') return answer;
    const { lease, ...rest } = answer;
    return { ...rest, lease: viewed(lease, asked.ledgerOf(answer), this.#both.nowMs(), null) };
  }

  /** What would be decided now. Nothing is asked for, nothing is written. */
  decide(request: LeaseRequest): Promise<Decision> {
    return this.#attempts.of(request).peek();
  }

  /** Ends it, and its children with it: also those halves of theirs that are in a ledger which does not know it. */
  async release(id: string, authority: Authority): Promise<DeskChanged> {
    const children = await this.#both.childrenOf(id);
    const answer = await this.#change(id, (ledger) => ledger.release(id, authority));
    if (answer.kind === 'refused' || children.length === 0) return answer;
    const machine = await this.#both.machine();
    const parent = { operator: `the end of ${id}` };
    await Promise.all(children.map((child) => machine.release(child, parent)));
    return answer;
  }

  /** Starts the term anew. `coalesced`: the last renewal is young enough, and nothing was written. */
  renew(id: string, authority: Authority, options: RenewOptions = {}): Promise<DeskChanged> {
    const { maxTermMs } = this.options;
    return this.#change(id, (ledger) => ledger.renew(id, authority, { maxTermMs, ...options }));
  }

  async adopt(id: string, authority: Authority, options: AdoptOptions): Promise<DeskAdopted> {
    const secret = options.secret ?? newSecret();
    const answer = await this.#change(id, (ledger) =>
      ledger.adopt(id, authority, { ...options, secret }),
    );
    return answer.kind === 'refused' ? answer : { kind: 'done', lease: answer.lease, secret };
  }

  halt(id: string, request: { reason: string; by: string }): Promise<DeskChanged> {
    return this.#change(id, (ledger) => ledger.halt(id, request));
  }

  check(id: string, options: CheckOptions = {}): Promise<DeskChanged> {
    return this.#change(id, (ledger) => ledger.check(id, options));
  }

  async guardFile(
    id: string,
    secret: string,
    file: GuardedFile,
  ): Promise<{ kind: 'done'; lease: LeaseView; path: string } | NotDone> {
    const ledger = await this.#both.workspace();
    const answer = await ledger.guardFile(id, secret, file);
    if (answer.kind === 'refused') return answer;
    const lease = viewed(answer.lease, 'workspace', this.#both.nowMs(), null);
    return { kind: 'done', path: answer.path, lease };
  }

  /** In the ledger in which its claims would be; without any, in the workspace's. */
  async spawn(options: SpawnOptions): Promise<Spawn & { ledger: LedgerName }> {
    const { claims } = options;
    const isMachine =
      claims.length > 0 &&
      claims.every((claim) => isOfMachine(claim, this.options.isMachineResource));
    const ledger = isMachine ? 'machine' : 'workspace';
    return { ...(await (await this.#both[ledger]()).spawn(options)), ledger };
  }

  async list(): Promise<DeskList> {
    const list: DeskList = { leases: [], waiters: [], spawns: [] };
    const leases = new Map<string, LeaseView>();
    for (const { ledger, service } of await this.#both.there()) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, in their order
      const { live, waiters, spawns, nowMs, endings } = await service.state();
      for (const lease of live) {
        const view = viewed(lease, ledger, nowMs, endings[lease.id] ?? null);
        const other = leases.get(lease.id);
        leases.set(lease.id, other === undefined ? view : merged(other, view));
      }
      list.waiters.push(...waiters.map((waiter) => ({ ...waiter, ledger })));
      list.spawns.push(...spawns.map((spawn) => ({ ...spawn, ledger })));
    }
    list.leases.push(...leases.values());
    return list;
  }

  log({
    ledger,
    ...options
  }: LogOptions & { ledger?: LedgerName } = {}): Promise<(LoggedEvent & { ledger: LedgerName })[]> {
    return this.#each(ledger, async (service, name) =>
      (await service.log(options)).map((event) => ({ ...event, ledger: name })),
    );
  }

  compact(): Promise<(Compacted & { ledger: LedgerName })[]> {
    return this.#each(undefined, async (service, ledger) => [
      { ...(await service.compact()), ledger },
    ]);
  }

  verify(): Promise<(LedgerReport & { ledger: LedgerName })[]> {
    return this.#each(undefined, async (service, ledger) => [
      { ...(await service.verify()), ledger },
    ]);
  }

  /** Hears of changes in those ledgers that are open. */
  onChange(listener: () => void): () => void {
    return this.#both.onChange(listener);
  }

  close(): Promise<void> {
    return this.#both.close();
  }

  async #each<T>(
    only: LedgerName | undefined,
    ask: (service: LedgerService, ledger: LedgerName) => Promise<T[]>,
  ): Promise<T[]> {
    const found: T[] = [];
    for (const { service, ledger } of await this.#both.there()) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, in their order
      if (only === undefined || only === ledger) found.push(...(await ask(service, ledger)));
    }
    return found;
  }

  /** The same in both ledgers, where the lease is in both; in the one that knows it otherwise. */
  async #change(
    id: string,
    act: (
      service: LedgerService,
    ) => Promise<{ kind: 'done' | 'coalesced'; lease: Lease } | NotDone>,
  ): Promise<DeskChanged> {
    const there = await this.#both.knowing(id);
    let answer: Exclude<DeskChanged, NotDone> | null = null;
    for (const { service, ledger } of there) {
      // oxlint-disable-next-line no-await-in-loop -- the workspace's answer decides
      const one = await act(service);
      if (one.kind === 'refused') return one;
      const view = viewed(one.lease, ledger, this.#both.nowMs(), null);
      answer = {
        kind: one.kind,
        lease: answer === null ? view : merged(answer.lease, view),
      };
    }
    if (answer !== null) return answer;
    throw new HostError('LEASE_NOT_FOUND', `There is no lease ${id}.`);
  }
}
