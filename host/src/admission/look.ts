import {
  capacityFrom,
  type Measured,
  type Own,
  type Resident,
  vramOf,
} from '../kernel/admission/index.ts';
import type { Capacity } from '../kernel/arbitrate/decision.ts';
import type { Lease, Waiter } from '../kernel/leases/lease.ts';
import type { BrokerPorts, SeatLedger, WorkerView } from './ports.ts';

/** What was measured so long ago is good enough where nothing of ours has changed since. */
const recentMs = 500;

/** The machine as it is at one moment: what is granted, what is used, and which workers of ours are up. */
export class Look {
  readonly nowMs: number;
  /** It was measured before it was asked for: what does not fit may fit by now. */
  readonly isOld: boolean;
  /** Of the ledger's last row. */
  readonly seq: number;
  readonly waiters: readonly Waiter[];
  readonly workers: readonly WorkerView[];
  readonly measured: Measured;
  /** Those granted since are added. */
  readonly leases: Lease[];
  readonly #ports: BrokerPorts;
  /** Tickets of those of this host, when it was looked. */
  readonly #own: ReadonlySet<number>;

  private constructor(
    ports: BrokerPorts,
    view: Awaited<ReturnType<SeatLedger['state']>>,
    measured: Measured,
    workers: readonly WorkerView[],
    own: ReadonlySet<number>,
    isOld: boolean,
  ) {
    this.#own = own;
    this.isOld = isOld;
    this.#ports = ports;
    this.nowMs = view.nowMs;
    this.seq = view.seq;
    this.waiters = view.waiters;
    this.leases = view.live.filter(({ id }) => view.endings[id] === undefined);
    this.measured = measured;
    this.workers = workers;
  }

  /**
   * What was granted is read after what was used: whatever begins in between is counted at least once. What was measured
   * before `seq`, the last row of the ledger that is known, and has not been measured since may be too old: what a
   * seat's worker has grown to meanwhile would be counted neither as granted nor as used.
   */
  static async take(
    ports: BrokerPorts,
    ledger: SeatLedger,
    { own, knownSeq = null }: { own: ReadonlySet<number>; knownSeq?: number | null },
  ): Promise<Look> {
    const before = await ledger.state();
    const workers = ports.workers();
    const pids = new Set(workers.map(({ pid }) => pid));
    for (const { attributedPid } of before.live)
      if (attributedPid !== null) pids.add(attributedPid);
    const isOld = before.seq === knownSeq;
    const measured = await ports.measure([...pids], isOld ? recentMs : 0);
    return new Look(ports, await ledger.state(), measured, workers, own, isOld);
  }

  /** It waits in another host. There may be two in one process, so the process says nothing. */
  isForeign({ ticket }: Waiter): boolean {
    return !this.#own.has(ticket);
  }

  get isUnified(): boolean {
    const { gpus } = this.measured.snapshot;
    return gpus.length > 0 && gpus.every(({ isUnified }) => isUnified);
  }

  capacity(own: Own | null = null): Capacity {
    const { headroom, counted } = this.#ports;
    return { ...counted, ...capacityFrom(this.measured, this.leases, headroom, own) };
  }

  workerOf(instance: string): WorkerView | null {
    return this.workers.find((worker) => worker.instance === instance) ?? null;
  }

  /** What the worker of an instance holds, by resource. */
  heldBy(
    { pid }: WorkerView,
    presumed: { readonly [resource: string]: number },
  ): Resident['holds'] {
    const tree = this.measured.trees.get(pid);
    if (tree === undefined) return {};
    const held: { [resource: string]: number } = { ram: tree.rssBytes };
    for (const { index } of this.measured.snapshot.gpus) {
      held[vramOf(index)] = tree.vram?.[index] ?? presumed[vramOf(index)] ?? 0;
    }
    return held;
  }
}
