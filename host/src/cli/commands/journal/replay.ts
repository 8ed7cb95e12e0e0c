import { resolve } from 'node:path';
import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import { Counting } from '../../counting.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { inspect } from '../../inspect.ts';
import { Patience } from '../../patience.ts';
import type { RebuildReport, ReplayReport } from '../../runtime.ts';
import { plain } from '../../terminal/plain.ts';
import { endOf } from './rows.ts';
import { problemLines } from './verify.ts';

export interface ReplayOptions {
  check?: true;
  into?: string;
}

/** Plays the journal again: to compare what it gives with the tables, or to keep it in a file. */
export async function replay(context: Context, options: ReplayOptions): Promise<ExitCode> {
  const { check, into } = options;
  if (check === undefined && into === undefined) {
    throw new HostError('USAGE', 'It is not said what to replay the journal for.', {
      hint: 'Give --check to compare with the tables, or --into <file> to make a new database.',
    });
  }
  const patience = new Patience(context.io, 'Nothing was changed. Type the same again.');
  try {
    const checked = check === undefined ? null : await compare(context, patience);
    const rebuilt = into === undefined ? null : await rebuild(context, into, patience);
    if (context.json) context.printJson({ check: checked, rebuilt });
    return (checked?.ok ?? true) && (rebuilt?.stoppedAt ?? null) === null ? 0 : 1;
  } finally {
    patience.release();
  }
}

async function compare(context: Context, patience: Patience): Promise<ReplayReport> {
  const report = await inspect(context, async (view) => {
    const counting = new Counting(context, 'replaying', endOf(view));
    try {
      return await patience.until(view.replayCheck(patience.signal, counting.at));
    } finally {
      counting.close();
    }
  });
  if (!context.json) tellCheck(context, report);
  return report;
}

function tellCheck(context: Context, report: ReplayReport): void {
  const { style } = context;
  if (report.ok) {
    const counts = Object.entries(report.tables).map(([table, rows]) => `${table} ${rows}`);
    context.print(`${style.green('the tables are what the journal says')}  ${report.rows} rows`);
    context.print(style.dim(counts.join(', ')));
    return;
  }
  context.say(
    ...problemLines(context, report.problems),
    '',
    'The tables are not what the journal says. `capstan journal verify` looks at all of it;',
    '`capstan journal replay --into restored.db` makes a database from the journal alone.',
  );
}

async function rebuild(context: Context, into: string, patience: Patience): Promise<RebuildReport> {
  const path = resolve(context.io.cwd, into);
  const report = await inspect(context, (view) =>
    patience.until(view.rebuild(path, patience.signal)),
  );
  if (!context.json) tellRebuilt(context, into, report);
  return report;
}

function tellRebuilt(context: Context, into: string, { rows, stoppedAt }: RebuildReport): void {
  const { talkStyle } = context;
  context.print(`${rows} rows replayed into ${into}`);
  if (stoppedAt !== null) {
    const why = `It ends before row ${stoppedAt.seq}, which is not as it was written: ${plain(stoppedAt.why)}`;
    context.say(talkStyle.red(why));
  }
  context.say(
    talkStyle.dim(
      'To use it, end the host, move .capstan/state.db away with its -wal and -shm, and',
    ),
    talkStyle.dim('put this file in its place.'),
  );
}
