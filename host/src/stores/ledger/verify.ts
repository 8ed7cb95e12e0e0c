import {
  applyEvent,
  checkpointOf,
  emptyState,
  type LedgerState,
} from '../../kernel/leases/index.ts';
import type { Sqlite } from '../sqlite.ts';
import { readEndings, readTables } from './projections.ts';
import { asEvent, Damage, eventHash, type EventRow, endType, type Head } from './rows.ts';
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
 * Reads the whole log: whether each event follows on the one before, whether tokens only rise, and whether those to which
 * the tables go come to what the tables say.
 */
export function verifyLedger(db: Sqlite, head: Head): Verified {
  const problems: LedgerProblem[] = [];
  const tell = (seq: number | null, message: string): void => {
    if (problems.length < mostProblems) problems.push({ seq, message });
  };
  const state = emptyState();
  let before: EventRow | null = null;
  let events = 0;
  let isCompared = false;
  const compareAt = (seq: number): void => {
    if (seq !== head.seq) return;
    isCompared = true;
    compare(db, head, state, tell);
  };
  compareAt(0);
  const rows = db.each<EventRow>('SELECT * FROM events WHERE seq >= ? ORDER BY seq', head.firstSeq);
  let end: EventRow | null = null;
  for (const row of rows) {
    if (row.type === endType) {
      end = row;
      continue;
    }
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
    if (row.seq === head.seq && row.hash !== head.hash)
      tell(row.seq, 'it is not the one to which the tables go');
    compareAt(row.seq);
  }
  const seq = before?.seq ?? 0;
  if (end === null) tell(null, `the log has lost its end: after event ${seq} there is none`);
  else if (end.seq !== seq + 1 || end.prev_hash !== (before?.hash ?? firstHash)) {
    tell(null, `the log ends at event ${seq}, and should end at ${end.seq - 1}`);
  }
  if (!isCompared) {
    tell(null, `the tables go to event ${head.seq}, which is not there`);
    compare(db, head, null, tell);
  }
  return { events, seq, token: Math.max(head.token, state.token), problems };
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

/** `replayed`: what the log comes to where the tables stand; null where that is not known. */
function compare(db: Sqlite, head: Head, replayed: LedgerState | null, tell: Tell): void {
  try {
    const { state } = readTables(db, head);
    for (const ending of readEndings(db)) state.endings.set(ending.leaseId, ending);
    if (replayed === null) return;
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
