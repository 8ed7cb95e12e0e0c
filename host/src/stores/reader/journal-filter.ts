import { HostError } from '../../errors.ts';
import { blockRows, frequentTypes, rareTypes } from '../file/migrations.ts';
import { all, type Condition, defaultLimit, type Query, type Term } from './filters.ts';

/** Rows of the journal for which all of this holds. */
export interface JournalFilter {
  /** Rows after this one, oldest first: the cursor for following the journal. */
  afterSeq?: number;
  /** The newest rows, newest first; together with `beforeSeq` pages backwards. */
  newestFirst?: boolean;
  beforeSeq?: number;
  /** 100 unless given. */
  limit?: number;
  eventType?: string | readonly string[];
  runId?: string;
  /** The id of a run of a composition, or a composition's name for all of its runs. */
  composition?: string;
  jobId?: string;
  nodeId?: string;
  /** All instances of it. */
  capability?: string;
  /** One instance; the default one has the name of its capability. */
  instance?: string;
  session?: string;
  actor?: string;
  /** ISO times, both included. */
  since?: string;
  until?: string;
}

/** Throws INPUT_INVALID for a time that is none, CURSOR_AHEAD for a cursor beyond `lastSeq`. */
export function journalWhere(filter: JournalFilter, lastSeq: number): Query {
  assertCursor('after', filter.afterSeq, lastSeq);
  assertCursor('before', filter.beforeSeq, lastSeq + 1);
  const since = isoTime('since', filter.since);
  const until = isoTime('until', filter.until);
  const driving = drivingFilter(filter);
  const mark = (column: string): string => (column === driving ? column : `+${column}`);
  const { where, values } = all([
    driving === 'event_type' ? rareTypes : '',
    [mark('event_type'), filter.eventType],
    [mark('run_id'), filter.runId],
    ...ofComposition(filter.composition, mark('run_id')),
    [mark('job_id'), filter.jobId],
    ['+node_id', filter.nodeId],
    ['+capability', filter.capability],
    ['coalesce(instance, capability)', filter.instance],
    [mark('session'), filter.session],
    ['+actor', filter.actor],
    ['+ts >=', since],
    ['+ts <=', until],
    ['seq >', filter.afterSeq],
    ['seq <', filter.beforeSeq],
    ...(since === undefined ? [] : [notBefore(since)]),
    ...(until === undefined ? [] : [notAfter(until)]),
  ]);
  const order = filter.newestFirst === true ? 'DESC' : '';
  return {
    sql: `SELECT * FROM journal ${where} ORDER BY seq ${order} LIMIT ?`,
    values: [...values, filter.limit ?? defaultLimit],
  };
}

/** The one filter whose index is used; `+` keeps SQLite from the others. Null: along `seq`. */
function drivingFilter(filter: JournalFilter): string | null {
  if (filter.jobId !== undefined) return 'job_id';
  if (filter.runId !== undefined || filter.composition !== undefined) return 'run_id';
  if (filter.session !== undefined) return 'session';
  const types = [filter.eventType ?? []].flat();
  const areRare = types.every((type) => !(frequentTypes as readonly string[]).includes(type));
  return types.length > 0 && areRare ? 'event_type' : null;
}

/** Rows of schema 1 say nothing of their composition; that they belong to one follows from other columns. */
function ofComposition(composition: string | undefined, runId: string): Condition[] {
  if (composition === undefined) return [];
  return [
    {
      term: `${runId} IN (SELECT run_id FROM runs WHERE run_id = ? OR name = ?)`,
      values: [composition, composition],
    },
    `(composition_id IS NOT NULL OR node_id IS NOT NULL OR event_type GLOB 'run_*')`,
  ];
}

/** From the first block with a row of that time or later; else from behind the last block. */
const notBefore = (since: string): Term => ({
  term: `seq > coalesce((SELECT min(until_seq) - ${blockRows} FROM journal_blocks WHERE latest >= ?),
    (SELECT max(until_seq) FROM journal_blocks), 0)`,
  values: [since],
});

/** To the end where a row behind the last block is of that time or earlier; else to the last block with one. */
const notAfter = (until: string): Term => ({
  term: `seq <= CASE
    WHEN EXISTS (SELECT 1 FROM journal AS behind WHERE behind.ts <= ?
      AND behind.seq > (SELECT coalesce(max(until_seq), 0) FROM journal_blocks)) THEN ${Number.MAX_SAFE_INTEGER}
    ELSE coalesce((SELECT max(until_seq) FROM journal_blocks WHERE earliest <= ?), 0) END`,
  values: [until, until],
});

function isoTime(field: string, time: string | undefined): string | undefined {
  if (time === undefined) return undefined;
  const ms = Date.parse(time);
  if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  const allowed = 'a time such as 2026-11-21T09:30:00Z';
  throw new HostError('INPUT_INVALID', `${field} is not valid: ${time}. Allowed: ${allowed}`, {
    details: { field, allowed, found: time },
  });
}

function assertCursor(name: 'after' | 'before', seq: number | undefined, most: number): void {
  if (seq === undefined) return;
  if (!Number.isInteger(seq) || seq < 0) {
    throw new HostError('INPUT_INVALID', `${name} is not valid: ${seq}. Allowed: a whole number`, {
      details: { field: name, allowed: 'a whole number', found: seq },
    });
  }
  if (seq <= most) return;
  throw new HostError('CURSOR_AHEAD', `the journal ends before row ${seq}`, {
    hint: 'Begin with a cursor of this workspace: each answer has the one that goes on.',
    details: { cursor: seq, lastSeq: most },
  });
}
