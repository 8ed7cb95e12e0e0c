import type { JobState, RunState } from '../../kernel/index.ts';

/** A page of a history by the place of submission in the journal: survives restarts, and what is added since. */
export interface Page {
  /** 100 unless given. */
  limit?: number;
  /** Only what was submitted before this place: the cursor of the next page, newest first. */
  before?: number;
  /** Only what was submitted after this place: the cursor of the next page, oldest first. */
  after?: number;
  /** Newest first unless given. */
  oldestFirst?: boolean;
}

export interface JobFilter extends Page {
  state?: JobState | readonly JobState[];
  /** All instances of it. */
  capability?: string;
  /** One instance; the default one has the name of its capability. */
  instance?: string;
  /** A run, or the word by which jobs outside of compositions were grouped. */
  runId?: string;
  actor?: string;
}

export interface RunFilter extends Page {
  state?: RunState;
  name?: string;
}

export interface Query {
  sql: string;
  values: (string | number)[];
}

export const defaultLimit = 100;

export function jobsWhere(filter: JobFilter & { isNamed?: boolean }, columns = '*'): Query {
  const { instance, isNamed = false } = filter;
  if (instance !== undefined && !isNamed) {
    const { instance: _, ...others } = filter;
    if (others.capability !== undefined && others.capability !== instance) return nothing;
    return jobs({ ...others, capability: instance }, columns, 'instance IS NULL');
  }
  return jobs(filter, columns);
}

/** The default instance of one capability is not an instance of another. */
const nothing: Query = { sql: 'SELECT * FROM jobs WHERE 0', values: [] };

function jobs(filter: JobFilter, columns: string, and = ''): Query {
  const driving = drivingFilter(filter);
  const mark = (column: string): string => (column === driving ? column : `+${column}`);
  const { where, values } = all([
    statesIndex(filter.state, driving),
    [mark('state'), filter.state],
    [mark('capability'), filter.capability],
    [mark('instance'), filter.instance],
    and,
    [mark('run_id'), filter.runId],
    ['+actor', filter.actor],
    ['submitted_seq >', filter.after],
    ['submitted_seq <', filter.before],
  ]);
  const order = filter.oldestFirst === true ? '' : 'DESC';
  return {
    sql: `SELECT ${columns} FROM jobs ${where} ORDER BY submitted_seq ${order} LIMIT ?`,
    values: [...values, filter.limit ?? defaultLimit],
  };
}

/**
 * The one filter whose index is used; a `+` keeps SQLite, which knows nothing of how many rows there are of
 * each, from using that of another. A run has the fewest jobs, then what is not completed.
 */
function drivingFilter({ runId, state, capability, instance }: JobFilter): string {
  if (runId !== undefined) return 'run_id';
  if (instance !== undefined) return 'instance';
  if (state !== undefined && state !== 'completed') return 'state';
  return capability === undefined ? 'state' : 'capability';
}

const unfinished = ['pending', 'running', 'needs_decision'];
const otherwise = ['failed', 'cancelled'];

/** The condition of the partial index that holds all of these states, to be repeated word for word. */
function statesIndex(state: JobFilter['state'], driving: string): string {
  const states = [state ?? []].flat();
  if (driving !== 'state' || states.length === 0) return '';
  for (const indexed of [unfinished, otherwise]) {
    if (!states.every((each) => indexed.includes(each))) continue;
    return `state IN (${indexed.map((each) => `'${each}'`).join(', ')})`;
  }
  return '';
}

export function runsWhere(filter: RunFilter): Query {
  const { where, values } = all([
    ['state', filter.state],
    ['name', filter.name],
    ['submitted_seq >', filter.after],
    ['submitted_seq <', filter.before],
  ]);
  const order = filter.oldestFirst === true ? '' : 'DESC';
  return {
    sql: `SELECT * FROM runs ${where} ORDER BY submitted_seq ${order} LIMIT ?`,
    values: [...values, filter.limit ?? defaultLimit],
  };
}

type Wanted = string | number | readonly string[] | undefined;

/** A column (or `column >`) and what is wished of it, or a whole term; what is absent or empty is left out. */
export type Condition = readonly [column: string, wanted: Wanted] | string | Term;

export interface Term {
  term: string;
  values: (string | number)[];
}

/** Conditions, ANDed. */
export function all(conditions: readonly Condition[]): {
  where: string;
  values: (string | number)[];
} {
  const terms: string[] = [];
  const values: (string | number)[] = [];
  for (const condition of conditions) {
    if (typeof condition === 'string') {
      if (condition !== '') terms.push(condition);
      continue;
    }
    if ('term' in condition) {
      terms.push(condition.term);
      values.push(...condition.values);
      continue;
    }
    const [column, wanted] = condition;
    if (wanted === undefined) continue;
    if (typeof wanted === 'string' || typeof wanted === 'number') {
      terms.push(/ [<>]=?$/.test(column) ? `${column} ?` : `${column} = ?`);
      values.push(wanted);
    } else {
      terms.push(`${column} IN (${wanted.map(() => '?').join(', ')})`);
      values.push(...wanted);
    }
  }
  return { where: terms.length === 0 ? '' : `WHERE ${terms.join(' AND ')}`, values };
}
