import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { inspect, requireKnown } from '../../inspect.ts';
import { type FilterOptions, filterOf, filterWords } from './filters.ts';
import { documentOf, textOf } from './row.ts';
import { noSuchRows, requireReached } from './rows.ts';

export interface QueryOptions extends FilterOptions {
  order?: 'asc' | 'desc';
  cursor?: number;
  limit?: number;
}

/** A page of the journal, and how to get the next one. */
export async function query(context: Context, options: QueryOptions): Promise<ExitCode> {
  const { order = 'asc', limit = 100, cursor } = options;
  const isDescending = order === 'desc';
  const filter = filterOf(options, context);
  await inspect(context, (view) => {
    requireKnown(view, options);
    requireReached(view, cursor ?? filter.afterSeq);
    const found = view.journal({
      ...filter,
      ...(cursor === undefined ? {} : { [isDescending ? 'beforeSeq' : 'afterSeq']: cursor }),
      newestFirst: isDescending,
      limit: limit + 1,
    });
    const rows = found.slice(0, limit);
    const next = found.length > limit ? (rows.at(-1)?.seq ?? null) : null;
    if (context.json) context.printJson({ events: rows.map(documentOf), cursor: next });
    else if (rows.length === 0) context.say(noSuchRows(view, options));
    else {
      context.print(...rows.map((row) => textOf(row, context)));
      if (next === null) return;
      const { after, before } = options;
      const words = [
        ...filterWords(filter),
        ...(after !== undefined && isDescending ? ['--after', after] : []),
        ...(before !== undefined && !isDescending ? ['--before', before] : []),
        ...(isDescending ? ['--order', 'desc'] : []),
        ...(options.limit === undefined ? [] : ['--limit', limit]),
        '--cursor',
        next,
      ];
      context.say('', context.talkStyle.dim(`More: capstan journal query ${words.join(' ')}`));
    }
  });
  return 0;
}
