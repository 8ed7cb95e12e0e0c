export { compact, type Compacted, removeCompacted } from './compact.ts';
export {
  type Durability,
  LedgerFile,
  type LedgerFileOptions,
  type LedgerTransaction,
  type Moment,
} from './ledger-file.ts';
export { type LockHolder, lockHolder } from './lock-holder.ts';
export { type LedgerProblem, type Verified, verifyLedger } from './verify.ts';
export { readEvents } from './read-events.ts';
