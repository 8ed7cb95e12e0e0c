import type { LedgerTransaction } from '../../stores/ledger/index.ts';
import type { Machine } from '../machine.ts';

/** Where an operation happens. */
export interface Place {
  tx: LedgerTransaction;
  machine: Machine;
  /** Boot clock, before anybody waited for the ledger. */
  startedMs: number;
}
