import type { AdmissionPolicy, Headroom, Measured, Need } from '../kernel/admission/index.ts';
import type { Capacity } from '../kernel/arbitrate/decision.ts';
import type { LedgerService } from '../leases/index.ts';

/** A worker of this host. */
export interface WorkerView {
  instance: string;
  pid: number;
  isStarting: boolean;
  callsInFlight: number;
}

export type SeatLedger = Pick<
  LedgerService,
  'acquire' | 'release' | 'attribute' | 'leaveLine' | 'state' | 'onChange' | 'close'
>;

/** What the broker is handed: everything it looks at or acts on. */
export interface BrokerPorts {
  /** The machine's ledger. Throws, among others, LEDGER_UNREADABLE; it is tried again then. */
  openLedger(): Promise<SeatLedger>;
  /** At most so old; with 0, a look that begins after the call. */
  measure(roots: readonly number[], maxAgeMs: number): Promise<Measured>;
  /** What is known of how much an instance needs. */
  needOf(instance: string): Omit<Need, 'device'>;
  workers(): readonly WorkerView[];
  /**
   * Has an idle worker free its memory, and resolves when it is free. False where nothing came of it: it has got a call
   * meanwhile, or was gone.
   */
  evict(instance: string, why: { reason: string; forWhom: string }): Promise<boolean>;
  /** Ends the worker of an instance, if no call is in it: the next call gets a new one. */
  startAnew(instance: string, reason: string): Promise<unknown>;
  clock: { nowMs(): number; monotonicMs(): number };
  /** Of the workspace: who it is that holds something, for the people of others. */
  root: string;
  headroom: Headroom;
  /** What is only counted, for all workspaces of the machine. */
  counted: Capacity;
  policy: BrokerPolicy;
}

export interface BrokerPolicy extends AdmissionPolicy {
  /** One that waits is passed by others for so long. */
  agingMs: number;
  /** A seat is kept for so long after its last call, unless somebody waits. */
  keepMs: number;
  /** While somebody waits, the machine is looked at again after this, and then less and less often. */
  lookAgainMs: number;
  lookAgainMostMs: number;
  evictionMargin: number;
  hollowBytes: number;
  /** One of another workspace is helped after this: its own host may have idle workers of its own. */
  helpAfterMs: number;
  /** After this, idle workers make room also where only those of other hosts together with them are enough. */
  sharedWaitMs: number;
  /** Another host that was seen so long ago may still have idle workers. */
  othersMs: number;
}
