import { invariant } from '../errors.ts';
import type { LedgerOptions } from './ledger.ts';
import type { LedgerService } from './service.ts';

/** A ledger in a thread of its own, which commits what arrived together as one. */
export const LedgerThread = {
  open: (_path: string, _options?: LedgerOptions): Promise<LedgerService> =>
    invariant(false, 'this is being built') as never,
};

/** A ledger in this very thread, for programs with nothing else to do meanwhile. */
export const directLedger = (_path: string, _options?: LedgerOptions): LedgerService =>
  invariant(false, 'this is being built') as never;
