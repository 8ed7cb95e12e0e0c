import type { JobState, RunState } from '../../kernel/index.ts';

export interface Page {
  /** 100 unless given. */
  limit?: number;
  /** Skips this many of the newest. */
  offset?: number;
}

export interface JobFilter extends Page {
  state?: JobState | readonly JobState[];
  capability?: string;
  runId?: string;
}

export interface RunFilter extends Page {
  state?: RunState;
  name?: string;
}

export interface JournalFilter {
  /** Rows after this one, oldest first: the cursor for following the journal. */
  afterSeq?: number;
  /** The newest rows, newest first; together with `beforeSeq` pages backwards. */
  newestFirst?: boolean;
  beforeSeq?: number;
  limit?: number;
  eventType?: string | readonly string[];
  runId?: string;
  jobId?: string;
  nodeId?: string;
  capability?: string;
  session?: string;
}

interface Query {
  sql: string;
  values: (string | number)[];
}

const defaultLimit = 100;

export function jobsWhere(filter: JobFilter): Query {
  const { where, values } = all([
    ['state', filter.state],
    ['capability', filter.capability],
    ['run_id', filter.runId],
  ]);
  return {
    sql: `SELECT * FROM jobs ${where} ORDER BY submitted_seq DESC LIMIT ? OFFSET ?`,
    values: [...values, filter.limit ?? defaultLimit, filter.offset ?? 0],
  };
}

export function runsWhere(filter: RunFilter): Query {
  const { where, values } = all([
    ['state', filter.state],
    ['name', filter.name],
  ]);
  return {
    sql: `SELECT * FROM runs ${where} ORDER BY submitted_seq DESC LIMIT ? OFFSET ?`,
    values: [...values, filter.limit ?? defaultLimit, filter.offset ?? 0],
  };
}

export function journalWhere(filter: JournalFilter): Query {
  const { where, values } = all([
    ['event_type', filter.eventType],
    ['run_id', filter.runId],
    ['job_id', filter.jobId],
    ['node_id', filter.nodeId],
    ['capability', filter.capability],
    ['session', filter.session],
    ['seq >', filter.afterSeq],
    ['seq <', filter.beforeSeq],
  ]);
  return {
    sql: `SELECT * FROM journal ${where} ORDER BY seq ${filter.newestFirst ? 'DESC' : ''} LIMIT ?`,
    values: [...values, filter.limit ?? defaultLimit],
  };
}

type Wanted = string | number | readonly string[] | undefined;

/** Conditions on columns, ANDed; those without a wish are left out. */
export function all(conditions: readonly (readonly [column: string, wanted: Wanted])[]): {
  where: string;
  values: (string | number)[];
} {
  const terms: string[] = [];
  const values: (string | number)[] = [];
  for (const [column, wanted] of conditions) {
    if (wanted === undefined) continue;
    if (typeof wanted === 'string' || typeof wanted === 'number') {
      terms.push(column.includes(' ') ? `${column} ?` : `${column} = ?`);
      values.push(wanted);
    } else {
      terms.push(`${column} IN (${wanted.map(() => '?').join(', ')})`);
      values.push(...wanted);
    }
  }
  return { where: terms.length === 0 ? '' : `WHERE ${terms.join(' AND ')}`, values };
}
