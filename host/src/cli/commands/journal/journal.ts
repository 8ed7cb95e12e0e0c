import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { inspect, requireKnown } from '../../inspect.ts';
import { type FilterOptions, filterOf } from './filters.ts';
import { documentOf, textOf } from './row.ts';
import { noSuchRows, requireReached } from './rows.ts';
import { follow } from './tail.ts';

export interface JournalOptions extends Pick<FilterOptions, 'after' | 'type' | 'run' | 'job'> {
  limit?: number;
  follow?: boolean;
}

/** `capstan journal`: the last rows, or those after a number. */
export async function journal(context: Context, options: JournalOptions): Promise<ExitCode> {
  const filter = filterOf(options, context);
  const { after, limit = 50 } = options;
  await inspect(context, async (view) => {
    requireKnown(view, options);
    requireReached(view, after);
    if (options.follow === true) return follow(context, view, filter, limit);
    const rows =
      after === undefined
        ? view.journal({ ...filter, newestFirst: true, limit }).toReversed()
        : view.journal({ ...filter, limit });
    if (context.json) context.printJson({ events: rows.map(documentOf) });
    else if (rows.length === 0) context.say(noSuchRows(view, options));
    else context.print(...rows.map((row) => textOf(row, context)));
  });
  return 0;
}
