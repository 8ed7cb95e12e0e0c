import { checkpointOf } from '../../kernel/leases/index.ts';
import type { LedgerFile, LedgerTransaction, Moment } from './ledger-file.ts';
import { readEndings } from './projections.ts';

export interface Compacted {
  /** Events that count, before and after. */
  before: number;
  after: number;
  /** The checkpoint's. */
  seq: number;
}

/** Events that no longer count and are removed in one go: a few milliseconds' worth. */
const removedAtOnce = 500;

/**
 * Writes one event that stands for all before it. Those are removed afterwards, a few with each of the transactions
 * that follow; that they are still there changes nothing, for the head says where the log begins. Tokens and the chain
 * of hashes go on.
 */
export function compact(file: LedgerFile, moment: () => Moment): Compacted {
  return file.transact(moment, 'quick', (tx) => {
    const before = tx.head.seq - tx.head.firstSeq + 1;
    if (before <= 1) return { before, after: before, seq: tx.head.seq };
    tx.writeTables();
    recallAll(tx);
    const { seq } = tx.append(checkpointOf(tx.state));
    tx.head.firstSeq = seq;
    // They go on from where the log begins now.
    tx.writeTables();
    return { before, after: 1, seq };
  });
}

/** In their order, which is that of the table. */
function recallAll(tx: LedgerTransaction): void {
  const { endings } = tx.state;
  endings.clear();
  for (const ending of readEndings(tx.db)) endings.set(ending.leaseId, ending);
}

/** Removes some of the events that no longer count. Whether there may be more. */
export function removeCompacted(
  file: LedgerFile,
  moment: () => Moment,
  most = removedAtOnce,
): boolean {
  const oldest = file.read(moment().bootId, (_state, db, head) => {
    const first = db.one<{ seq: number | null }>('SELECT min(seq) AS seq FROM events')?.seq ?? null;
    return first === null || first >= head.firstSeq ? null : first;
  });
  if (oldest === null) return false;
  return file.remove(moment, oldest + most);
}
