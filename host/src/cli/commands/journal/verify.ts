import type { Context } from '../../context.ts';
import { Counting } from '../../counting.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { inspect } from '../../inspect.ts';
import { Patience } from '../../patience.ts';
import type { VerifyReport } from '../../runtime.ts';
import { plain } from '../../terminal/plain.ts';
import { endOf } from './rows.ts';

export async function verify(context: Context): Promise<ExitCode> {
  const { style, talkStyle } = context;
  const patience = new Patience(context.io, 'Nothing was changed. Type the same again.');
  const report = await inspect(context, async (view) => {
    const counting = new Counting(context, 'verifying', endOf(view));
    try {
      return await patience.until(view.verifyJournal(patience.signal, counting.at));
    } finally {
      counting.close();
    }
  }).finally(() => patience.release());
  if (context.json) context.printJson(report);
  else if (report.ok) {
    context.print(`${style.green('whole and unchanged')}  ${report.rows} rows`);
    if (report.rows > 0) context.print(style.dim(`head  ${report.head.seq}  ${report.head.hash}`));
  } else {
    context.say(...problemLines(context, report.problems));
    context.say(
      '',
      'The journal is not what Capstan wrote. Restore .capstan/state.db from a backup you trust, or',
      'take over what is sound of it: capstan journal replay --into restored.db',
    );
  }
  if (!context.json) {
    context.say(...report.warnings.map((text) => `${talkStyle.yellow('warning')}: ${plain(text)}`));
    if (report.orphans > 0) {
      const files = report.orphans === 1 ? '1 file' : `${report.orphans} files`;
      context.say(
        talkStyle.dim(`${files} in .capstan/payloads that nothing refers to; they do no harm`),
      );
    }
  }
  return report.ok ? 0 : 1;
}

/** Each names the row, or the place, that is not as it was written. */
export const problemLines = (
  { talkStyle }: Context,
  problems: VerifyReport['problems'],
): string[] =>
  problems.map(({ seq, table, message }) => {
    const isOfFile = seq === undefined && table === undefined;
    return `${talkStyle.red('damaged')}: ${isOfFile ? 'state.db: ' : ''}${plain(message)}`;
  });
