import {
  applyEvent,
  checkpointOf,
  emptyState,
  type LedgerState,
} from '../../kernel/leases/index.ts';
import type { Sqlite } from '../sqlite.ts';
import { loadKnown, readEndings } from './projections.ts';
import { asEvent, Damage, eventHash, type EventRow, type Head } from './rows.ts';
import { firstHash } from './schema.ts';

export interface LedgerProblem {
  /** Of the event, or null where it is none. */
  seq: number | null;
  message: string;
}

export interface Verified {
  events: number;
  seq: number;
  token: number;
  problems: LedgerProblem[];
}

/** More of them say nothing new. */
const mostProblems = 50;

/**
 * Reads the whole log: whether each event follows on the one before, whether tokens only rise, and whether all of them
 * together come to what the tables say.
 */
export function verifyLedger(db: Sqlite, head: Head): Verified {
  const problems: LedgerProblem[] = [];
  const tell = (seq: number | null, message: string): void => {
    if (problems.length < mostProblems) problems.push({ seq, message });
  };
  const state = emptyState();
  let before: EventRow | null = null;
  let events = 0;
  const rows = db.each<EventRow>('SELECT * FROM events WHERE seq >= ? ORDER BY seq', head.firstSeq);
  for (const row of rows) {
    events += 1;
    checkLink(row, before, head, tell);
    before = row;
    try {
      const { token } = state;
      const event = asEvent(row);
      applyEvent(state, event);
      const given = event.type === 'granted' ? event.payload.lease.token : null;
      if (given !== null && given <= token)
        tell(row.seq, `its token ${given} is not above ${token}`);
    } catch {
      tell(row.seq, 'it cannot be read');
    }
  }
  if ((before?.seq ?? 0) !== head.seq || (before?.hash ?? firstHash) !== head.hash) {
    tell(null, `the log ends at event ${before?.seq ?? 0}, and should end at ${head.seq}`);
  }
  compare(db, head, state, tell);
  return { events, seq: head.seq, token: head.token, problems };
}

type Tell = (seq: number | null, message: string) => void;

function checkLink(row: EventRow, before: EventRow | null, head: Head, tell: Tell): void {
  if (eventHash(row) !== row.hash) tell(row.seq, 'it was changed: its hash is another');
  if (before !== null) {
    if (row.seq !== before.seq + 1) tell(row.seq, `events are missing after ${before.seq}`);
    else if (row.prev_hash !== before.hash) tell(row.seq, 'it does not follow on the one before');
    return;
  }
  const isStart = row.seq === head.firstSeq && (row.seq === 1 || row.type === 'checkpoint');
  if (!isStart) tell(row.seq, `the log begins with it, and should begin with ${head.firstSeq}`);
  if (row.seq === 1 && row.prev_hash !== firstHash)
    tell(row.seq, 'it names an event before the first');
}

function compare(db: Sqlite, head: Head, replayed: LedgerState, tell: Tell): void {
  try {
    const { state } = loadKnown(db, head);
    for (const ending of readEndings(db)) state.endings.set(ending.leaseId, ending);
    // Tokens that a loss of power may have taken are passed over, which is no event.
    if (head.token < replayed.token)
      tell(null, `the ledger's token ${head.token} is below ${replayed.token}`);
    const found = checkpointOf({ ...state, token: 0 }).payload;
    const expected = checkpointOf({ ...replayed, token: 0 }).payload;
    for (const part of [
      'leases',
      'waiters',
      'spawns',
      'endings',
      'tickets',
      'upTo',
      'formerBoot',
    ] as const) {
      if (JSON.stringify(found[part]) === JSON.stringify(expected[part])) continue;
      tell(null, `its table of ${part} is not what the log comes to`);
    }
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    tell(null, error.message);
  }
}
