import type { LedgerEvent } from '../../kernel/leases/index.ts';
import type { Sqlite } from '../sqlite.ts';
import { asEvent, endType, type EventRow, type Head } from './rows.ts';

/** Events that count, in order: from a number on, or the last so many. */
export function readEvents(
  db: Sqlite,
  head: Head,
  { fromSeq, limit }: { fromSeq?: number; limit?: number },
): LedgerEvent[] {
  const from = Math.max(fromSeq ?? head.firstSeq, head.firstSeq);
  const isTail = fromSeq === undefined && limit !== undefined;
  const rows = db.all<EventRow>(
    `SELECT * FROM events WHERE seq >= ? AND type <> '${endType}' ORDER BY seq ${isTail ? 'DESC' : ''} LIMIT ?`,
    from,
    limit ?? -1,
  );
  return (isTail ? rows.toReversed() : rows).map(asEvent);
}
