import { HostError } from '../../../errors.ts';
import type { JournalFilter, JournalRow, WorkspaceView } from '../../runtime.ts';

/** Rows read at once: enough to be quick, few enough to hold. */
const pageRows = 1_000;

/** The number of the newest row; 0 where there is none. */
export const endOf = (view: WorkspaceView): number =>
  view.journal({ newestFirst: true, limit: 1 })[0]?.seq ?? 0;

/** A cursor of another journal would silently skip what is yet to come. Throws CURSOR_AHEAD. */
export function requireReached(view: WorkspaceView, cursor: number | undefined): void {
  const end = endOf(view);
  if (cursor === undefined || cursor <= end) return;
  throw new HostError(
    'CURSOR_AHEAD',
    `The journal ends at row ${end}; there is no row ${cursor} yet.`,
    {
      hint: 'A cursor belongs to the journal it was read from. Leave it out to begin anew.',
      details: { cursor, end },
    },
  );
}

/** A type may be one that only a newer Capstan writes, so it is not refused; it may also be misspelt. */
export function noSuchRows(view: WorkspaceView, { type = [] }: { type?: string[] }): string {
  const missing = type
    .filter((eventType) => view.journal({ eventType: [eventType], limit: 1 }).length === 0)
    .map((eventType) => `No row of this journal is a \`${eventType}\`.`);
  return ['No such rows.', ...missing].join(' ');
}

/**
 * The matching rows of the journal as it is now, a page at a time, oldest first. What is written meanwhile
 * does not make it longer, so it ends.
 */
export function* pagesOf(view: WorkspaceView, filter: JournalFilter): Generator<JournalRow[]> {
  const beforeSeq = Math.min(endOf(view) + 1, filter.beforeSeq ?? Number.POSITIVE_INFINITY);
  let afterSeq = filter.afterSeq ?? 0;
  for (;;) {
    const page = view.journal({ ...filter, afterSeq, beforeSeq, limit: pageRows });
    if (page.length > 0) yield page;
    if (page.length < pageRows) return;
    afterSeq = page.at(-1)?.seq ?? afterSeq;
  }
}

/**
 * Rows as they come, each once and in order. The end is read *before* the rows are, so what is committed
 * between the two is met again by neither and missed by neither; and where few rows match, the next look
 * begins behind all that was looked through.
 */
export class Tail {
  readonly #view: WorkspaceView;
  readonly #filter: JournalFilter;
  #afterSeq: number;

  constructor(view: WorkspaceView, filter: JournalFilter, afterSeq: number) {
    this.#view = view;
    this.#filter = filter;
    this.#afterSeq = afterSeq;
  }

  /** All that is new since the last call. */
  *next(): Generator<JournalRow> {
    const end = endOf(this.#view);
    while (this.#afterSeq < end) {
      const page = this.#view.journal({
        ...this.#filter,
        afterSeq: this.#afterSeq,
        beforeSeq: end + 1,
        limit: pageRows,
      });
      for (const row of page) {
        yield row;
        this.#afterSeq = row.seq;
      }
      if (page.length < pageRows) this.#afterSeq = end;
    }
  }
}
