import { HostError } from '../errors.ts';
import { thisMachine } from './machine.ts';
import type { LedgerService } from './service.ts';

export type LedgerName = 'workspace' | 'machine';

export interface Open {
  ledger: LedgerName;
  service: LedgerService;
}

type Opening = () => LedgerService | Promise<LedgerService>;

/** The ledgers of a desk, each opened when it is first needed. */
export class Both {
  readonly #openers: { [ledger in LedgerName]: Opening };
  readonly #open = new Map<LedgerName, Promise<LedgerService>>();
  readonly #opened = new Map<LedgerName, LedgerService>();

  constructor(workspace: Opening, machine: Opening) {
    this.#openers = { workspace, machine };
  }

  workspace(): Promise<LedgerService> {
    return this.#get('workspace');
  }

  machine(): Promise<LedgerService> {
    return this.#get('machine');
  }

  nowMs(): number {
    return thisMachine().bootMs();
  }

  /** Those that there are here: outside of a workspace the machine's only. */
  async there(): Promise<Open[]> {
    const found: Open[] = [];
    try {
      found.push({ ledger: 'workspace', service: await this.workspace() });
    } catch (error) {
      if (!(error instanceof HostError && error.code === 'WORKSPACE_NOT_FOUND')) throw error;
    }
    found.push({ ledger: 'machine', service: await this.machine() });
    return found;
  }

  /** Those in which the lease is live; where it is in neither, the one that knows most about it. */
  async knowing(id: string): Promise<Open[]> {
    const there = await this.there();
    const answers = await Promise.all(there.map(({ service }) => service.check(id)));
    const live = there.filter((_, at) => answers[at]?.kind === 'done');
    if (live.length > 0) return live;
    const known = there.find((_, at) => {
      const answer = answers[at];
      return answer?.kind === 'refused' && answer.code !== 'LEASE_NOT_FOUND';
    });
    return [known ?? there[0]].filter((one) => one !== undefined);
  }

  /** Leases of the workspace that end with this one, and have a half in the machine's ledger. */
  async childrenOf(id: string): Promise<string[]> {
    const [first] = await this.there();
    if (first?.ledger !== 'workspace') return [];
    const ended = new Set([id]);
    // A child is granted after its parent.
    for (const lease of (await first.service.state()).live) {
      if (lease.parent !== null && ended.has(lease.parent)) ended.add(lease.id);
    }
    ended.delete(id);
    if (ended.size === 0) return [];
    const { live } = await (await this.machine()).state();
    return live.filter((lease) => ended.has(lease.id)).map((lease) => lease.id);
  }

  onChange(listener: () => void): () => void {
    const stops = [...this.#opened.values()].map((service) => service.onChange(listener));
    return () => {
      for (const stop of stops) stop();
    };
  }

  async close(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    this.#opened.clear();
    await Promise.all(open.map(async (service) => (await service.catch(() => null))?.close()));
  }

  #get(ledger: LedgerName): Promise<LedgerService> {
    const open = this.#open.get(ledger);
    if (open !== undefined) return open;
    const opening = this.#openNow(ledger);
    this.#open.set(ledger, opening);
    return opening;
  }

  async #openNow(ledger: LedgerName): Promise<LedgerService> {
    try {
      const service = await this.#openers[ledger]();
      this.#opened.set(ledger, service);
      return service;
    } catch (error) {
      this.#open.delete(ledger);
      throw error;
    }
  }
}
