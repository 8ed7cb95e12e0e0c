import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { followPages } from '../../follow-pages.ts';
import { inspect, requireKnown } from '../../inspect.ts';
import type { JournalFilter, JournalRow, WorkspaceView } from '../../runtime.ts';
import { type FilterOptions, filterOf } from './filters.ts';
import { documentOf, textOf } from './row.ts';
import { endOf, noSuchRows, requireReached, Tail } from './rows.ts';

export interface TailOptions extends FilterOptions {
  limit?: number;
  follow?: boolean;
}

export async function tail(context: Context, options: TailOptions): Promise<ExitCode> {
  const filter = filterOf(options, context);
  await inspect(context, async (view) => {
    requireKnown(view, options);
    requireReached(view, filter.afterSeq);
    const lines = options.limit ?? 10;
    if (options.follow === true) return follow(context, view, filter, lines);
    const rows = newest(view, filter, lines);
    if (context.json) context.printJson({ events: rows.map(documentOf) });
    else if (rows.length === 0) context.say(noSuchRows(view, options));
    else context.print(...rows.map((row) => textOf(row, context)));
  });
  return 0;
}

const newest = (view: WorkspaceView, filter: JournalFilter, limit: number): JournalRow[] =>
  view.journal({ ...filter, newestFirst: true, limit }).toReversed();

/**
 * All rows after the given number or, without one, the last `lines`; then those that come, until Ctrl-C.
 * The place to go on from is fixed before the first rows are read.
 */
export async function follow(
  context: Context,
  view: WorkspaceView,
  filter: JournalFilter,
  lines: number,
): Promise<void> {
  const { io } = context;
  const { afterSeq, ...wanted } = filter;
  const show = async (rows: Iterable<JournalRow>): Promise<void> => {
    for (const row of rows) {
      if (io.stdout.closed.aborted) return;
      context.print(context.json ? JSON.stringify(documentOf(row)) : textOf(row, context));
      // oxlint-disable-next-line no-await-in-loop -- a slow reader is waited for, not buffered for
      await io.stdout.ready();
    }
  };
  const start = afterSeq ?? endOf(view);
  if (afterSeq === undefined) {
    await show(newest(view, { ...wanted, beforeSeq: start + 1 }, lines));
  }
  const rows = new Tail(view, wanted, start);
  await show(rows.next());
  await followPages(context, () => show(rows.next()));
}
