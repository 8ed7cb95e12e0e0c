import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { inspect } from '../../inspect.ts';
import { plain } from '../../terminal/plain.ts';

export async function verify(context: Context): Promise<ExitCode> {
  const { style, talkStyle } = context;
  const report = await inspect(context, (view) => view.verifyJournal());
  if (context.json) context.printJson(report);
  else if (report.ok) {
    context.print(`${style.green('whole and unchanged')}  ${report.rows} rows`);
    if (report.rows > 0) context.print(style.dim(`head  ${report.head.seq}  ${report.head.hash}`));
  } else {
    for (const { seq, message } of report.problems) {
      context.say(
        `${talkStyle.red(seq === undefined ? 'journal' : `row ${seq}`)}: ${plain(message)}`,
      );
    }
    context.say(
      '',
      'The journal is not what Capstan wrote. Restore .capstan/state.db from a backup you trust.',
    );
  }
  return report.ok ? 0 : 1;
}
