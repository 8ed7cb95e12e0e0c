import { setImmediate as nextTurn } from 'node:timers/promises';
import type { JsonObject } from '@capstan/protocol';
import { HostError, messageOf } from '../../errors.ts';
import { databaseIdOf } from '../file/head.ts';
import { isThere, NewStateFile, openForReading } from '../file/open.ts';
import { asStoreError } from '../file/refusals.ts';
import { project } from '../project/project.ts';
import type { Sqlite } from '../sqlite.ts';
import { type Head, insertRow, writeHead } from './append.ts';
import { chainHash, type RawJournalRow } from './chain.ts';
import { sha256 } from './hash.ts';
import { readPage } from './read-rows.ts';
import { hashOfPlace, placesOf, storedText } from './values.ts';

export interface RebuildReport {
  into: string;
  rows: number;
  head: Head;
  /** Why it ends before the journal does; null when it does not. */
  stoppedAt: { seq: number; why: string } | null;
}

/**
 * Makes a new `state.db` from the journal of another one, and from nothing else: for tables that are
 * damaged while the journal is sound. It ends before the first row that is not. What is there already is
 * never written over, the original least of all. Large values in files stay where they are: the new
 * database belongs where the old one was.
 */
export async function rebuild(
  from: string,
  into: string,
  signal?: AbortSignal,
): Promise<RebuildReport> {
  for (const path of [into, `${into}-wal`]) {
    if (!isThere(path)) continue;
    throw new HostError('INPUT_INVALID', `${path} is there already`, {
      hint: 'Name a file that does not exist yet.',
    });
  }
  const source = openForReading(from);
  let target: NewStateFile | undefined;
  try {
    target = new NewStateFile(into);
    const report = await copy(source, target.db, signal);
    target.keep();
    return { into, ...report };
  } catch (error) {
    signal?.throwIfAborted();
    throw asStoreError(error, into);
  } finally {
    target?.abandon();
    source.close();
  }
}

async function copy(
  source: Sqlite,
  target: Sqlite,
  signal?: AbortSignal,
): Promise<Omit<RebuildReport, 'into'>> {
  target.run(`UPDATE meta SET value = ? WHERE key = 'database_id'`, databaseIdOf(source));
  let head: Head = { seq: 0, hash: target.one<Head>('SELECT hash FROM journal_head')?.hash ?? '' };
  let stoppedAt: RebuildReport['stoppedAt'] = null;
  for (let after: number | null = 0; after !== null && stoppedAt === null; ) {
    signal?.throwIfAborted();
    const page = readPage(source, after);
    for (const raw of page.rows) {
      const why = copyRow(source, target, raw, head);
      if (why !== null) {
        stoppedAt = { seq: head.seq + 1, why };
        break;
      }
      head = { seq: raw.seq, hash: raw.hash };
    }
    const [unreadable] = page.unreadable;
    if (unreadable !== undefined) {
      stoppedAt ??= { seq: unreadable.seq, why: messageOf(unreadable.error) };
    }
    after = page.next;
    // oxlint-disable-next-line no-await-in-loop -- the point is to let others have their turn
    await nextTurn();
  }
  writeHead(target, head);
  return { rows: head.seq, head, stoppedAt };
}

/** Why this row is not what was written, or null when it was copied. */
function copyRow(source: Sqlite, target: Sqlite, raw: RawJournalRow, before: Head): string | null {
  if (raw.seq !== before.seq + 1 || raw.prev_hash !== before.hash) return 'it does not follow';
  if (chainHash(raw) !== raw.hash) return 'it was changed';
  target.exec('SAVEPOINT row');
  try {
    const payload = JSON.parse(raw.payload) as JsonObject;
    for (const place of Object.values(placesOf(payload))) copyValue(source, target, place);
    insertRow(target, raw);
    project(target, { raw, payload }, source);
    target.exec('RELEASE row');
    return null;
  } catch (error) {
    target.exec('ROLLBACK TO row; RELEASE row');
    return messageOf(error);
  }
}

function copyValue(source: Sqlite, target: Sqlite, place: string): void {
  const { hash, isFile } = hashOfPlace(place);
  // Lost files are lost either way, and no reason to lose what follows.
  if (isFile) return;
  const body = storedText(source, place);
  if (sha256(body) !== hash) throw new Error(`the stored value ${hash} was changed`);
  target.run('INSERT OR IGNORE INTO payloads (hash, body) VALUES (?, ?)', hash, body);
}
