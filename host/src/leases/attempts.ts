import type { Capacity, Decision, Policy } from '../kernel/arbitrate/index.ts';
import type { Claim } from '../kernel/claims/claim.ts';
import type { Lease } from '../kernel/leases/index.ts';
import type { Both, LedgerName } from './both.ts';
import type { DeskOptions } from './desk.ts';
import type {
  Granted,
  LeaseRequest,
  LedgerAnswer,
  LedgerRequest,
  Refused,
  Waits,
} from './request.ts';
import { newIdentity } from './secret.ts';
import { isOfMachine, type Part, partsOf } from './split.ts';
import type { WhichLedger } from './view.ts';

/** The half of a lease that is taken first has this long until the other one is there, or it frees itself. */
const halfTermMs = 15_000;

export type Attempted = Granted | Waits | Refused;

/** Asks for leases by the rules of a desk. */
export class Attempts {
  readonly #both: Both;
  readonly #options: DeskOptions;

  constructor(both: Both, options: DeskOptions) {
    this.#both = both;
    this.#options = options;
  }

  of(request: LeaseRequest): Asked {
    return new Asked(request, this.#both, this.#options);
  }
}

/** One request, which may be attempted again and again; it keeps its places in the lines of both ledgers. */
export class Asked {
  readonly #request: LeaseRequest;
  readonly #both: Both;
  readonly #options: DeskOptions;
  readonly #parts: readonly Part[];
  readonly #tickets = new Map<string, number>();
  #granted: WhichLedger = 'workspace';
  /** Whether an answer depends on what is measured, and may change though no ledger does. */
  readonly isMeasured: boolean;

  constructor(request: LeaseRequest, both: Both, options: DeskOptions) {
    this.#request = request;
    this.#both = both;
    this.#options = options;
    this.#parts = partsOf(request.alternatives, (claim) =>
      isOfMachine(claim, options.isMachineResource),
    );
    this.isMeasured = this.#parts.some(({ machine }) => machine !== null);
  }

  ledgerOf(_answer: Granted): WhichLedger {
    return this.#granted;
  }

  /** Takes a place in the line, for `lineMs`, wherever the answer is to wait; 0: takes none. */
  async attempt(lineMs: number): Promise<Attempted> {
    return this.#firstOf((part) => this.#attemptPart(part, lineMs));
  }

  /** What the answer would be; writes nothing. */
  async peek(): Promise<Decision> {
    return this.#firstOf(async (part): Promise<Decision> => {
      const decisions: Decision[] = [];
      for (const ledger of ['workspace', 'machine'] as const) {
        // oxlint-disable-next-line no-await-in-loop -- where the first says no, the second is not asked
        const request = await this.#requestTo(ledger, part);
        if (request === null) continue;
        // oxlint-disable-next-line no-await-in-loop -- the same
        const decision = await (await this.#both[ledger]()).peek(request);
        if (decision.kind !== 'granted') return decision;
        decisions.push(decision);
      }
      return joined(decisions, part);
    });
  }

  get hasPlaces(): boolean {
    return this.#tickets.size > 0;
  }

  /** Gives up all places in lines. */
  async leave(): Promise<void> {
    const tickets = [...this.#tickets];
    this.#tickets.clear();
    for (const [key, ticket] of tickets) {
      // oxlint-disable-next-line no-await-in-loop -- there are one or two
      await (await this.#both[key.split(' ')[0] as LedgerName]()).leaveLine(ticket);
    }
  }

  /** The answer of the first part that grants; else of the first that may be waited for. */
  async #firstOf<T extends Decision | Attempted>(ask: (part: Part) => Promise<T>): Promise<T> {
    let best: T | null = null;
    for (const part of this.#parts) {
      // oxlint-disable-next-line no-await-in-loop -- in the order of preference
      const answer = await ask(part);
      if (answer.kind === 'granted') return answer;
      if (best === null || (best.kind === 'refused' && answer.kind === 'waiting')) best = answer;
    }
    return best as T;
  }

  async #attemptPart(part: Part, lineMs: number): Promise<Attempted> {
    const machine = await this.#requestTo('machine', part);
    const workspace = await this.#requestTo('workspace', part);
    if (machine === null || workspace === null) {
      const ledger = machine === null ? 'workspace' : 'machine';
      const request = machine ?? workspace;
      const answer = await this.#ask(ledger, part, request as LedgerRequest, lineMs);
      if (answer.kind !== 'granted') return answer;
      this.#granted = ledger;
      return { ...answer, alternative: part.from + answer.alternative };
    }
    return this.#attemptBoth(part, machine, workspace, lineMs);
  }

  /**
   * The machine's half first, for a moment only: if this process ends now, that half frees itself. Then the
   * workspace's; then the machine's half gets its real term. Whatever fails, the machine's half is given back.
   */
  async #attemptBoth(
    part: Part,
    forMachine: LedgerRequest,
    forWorkspace: LedgerRequest,
    lineMs: number,
  ): Promise<Attempted> {
    // One that waits takes no half while the other is not to be had.
    if (lineMs > 0 && this.#tickets.has(keyOf('workspace', part))) {
      const now = await (await this.#both.workspace()).peek(forWorkspace);
      if (now.kind !== 'granted') return now;
    }
    const identity = newIdentity();
    const { secret } = identity;
    const machine = await this.#both.machine();
    const isBound = forMachine.pid !== undefined && forMachine.termMs === undefined;
    const termMs = forMachine.termMs ?? this.#options.termMs;
    const briefly = isBound ? {} : { termMs: Math.min(halfTermMs, termMs) };
    const first = await this.#ask('machine', part, { ...forMachine, identity, ...briefly }, lineMs);
    if (first.kind !== 'granted') return first;
    let isWhole = false;
    try {
      const second = await this.#ask('workspace', part, { ...forWorkspace, identity }, lineMs);
      if (second.kind !== 'granted') return second;
      const whole = isBound ? null : await machine.renew(identity.id, { secret }, { termMs });
      isWhole = whole?.kind !== 'refused';
      if (!isWhole) {
        await (await this.#both.workspace()).release(identity.id, { secret });
        return whole as Refused;
      }
      this.#granted = 'both';
      const lease = { ...second.lease, claims: [...second.lease.claims, ...first.lease.claims] };
      const overtaken = [...second.overtaken, ...first.overtaken];
      return { ...second, lease, overtaken, alternative: part.from };
    } finally {
      if (!isWhole) await machine.release(identity.id, { secret });
    }
  }

  async #ask(
    ledger: LedgerName,
    part: Part,
    request: LedgerRequest,
    lineMs: number,
  ): Promise<LedgerAnswer> {
    const key = keyOf(ledger, part);
    const service = await this.#both[ledger]();
    const answer = await service.acquire({ ...request, ...(lineMs > 0 ? { lineMs } : {}) });
    if (answer.kind === 'waiting' && answer.ticket !== null) this.#tickets.set(key, answer.ticket);
    else if (answer.kind === 'granted') this.#tickets.delete(key);
    return answer;
  }

  async #requestTo(ledger: LedgerName, part: Part): Promise<LedgerRequest | null> {
    const alternatives = part[ledger];
    if (alternatives === null) return null;
    const { parent, ...request } = this.#request;
    const ticket = this.#tickets.get(keyOf(ledger, part));
    return {
      ...request,
      ...(await this.#parentIn(ledger, parent)),
      alternatives,
      policy: this.#policyOf(ledger),
      capacity: request.capacity ?? (await this.#capacity(ledger, alternatives.flat())),
      term: { defaultMs: this.#options.termMs, maxMs: this.#options.maxTermMs },
      ...(ticket === undefined ? {} : { ticket }),
    };
  }

  /** A parent that is in the other ledger alone cannot be told to this one. */
  async #parentIn(
    ledger: LedgerName,
    parent: LeaseRequest['parent'],
  ): Promise<{ parent?: { id: string; secret: string } }> {
    if (parent === undefined) return {};
    const known = await this.#both.knowing(parent.id);
    const isElsewhere = known.length > 0 && !known.some((one) => one.ledger === ledger);
    return isElsewhere ? {} : { parent };
  }

  #policyOf(ledger: LedgerName): Policy {
    const { policy } = this.#options;
    return ledger === 'workspace'
      ? policy
      : { lanes: {}, toleratesOverlap: false, agingMs: policy.agingMs };
  }

  async #capacity(ledger: LedgerName, claims: readonly Claim[]): Promise<Capacity> {
    const { capacity } = this.#options;
    if (capacity === undefined) return {};
    const live: readonly Lease[] =
      ledger === 'machine' ? (await (await this.#both.machine()).state()).live : [];
    return capacity(live, claims);
  }
}

const keyOf = (ledger: LedgerName, { from }: Part): string => `${ledger} ${from}`;

function joined(decisions: readonly Decision[], part: Part): Decision {
  const granted = decisions.filter((one) => one.kind === 'granted');
  const alternative =
    part.workspace !== null && part.machine !== null ? 0 : (granted[0]?.alternative ?? 0);
  return {
    kind: 'granted',
    claims: granted.flatMap(({ claims }) => claims),
    alternative: part.from + alternative,
    overtaken: granted.flatMap(({ overtaken }) => overtaken),
    overlaps: granted.flatMap(({ overlaps }) => overlaps),
  };
}
