import { Command } from 'commander';
import type { Context } from '../../context.ts';
import { collect, examples, wholeNumber } from '../../options.ts';
import type { Act } from '../../act.ts';
import type { JournalOptions } from './journal.ts';

export function journalCommand(act: Act): Command {
  const verify = new Command('verify')
    .summary('check that the journal is whole and unchanged')
    .description(
      'Reads the whole journal: no gap in its numbers, every row carrying the hash of the one before. Exits\n' +
        'with 1, and names the first row that does not fit, if anything was changed.',
    )
    .addHelpText('after', examples(['capstan journal verify', '']))
    .action(act(async (context: Context) => (await import('./verify.ts')).verify(context)));
  return new Command('journal')
    .summary('show the account of what was attempted, or verify it')
    .description(
      'Shows the journal: every submission, attempt, interruption and end, as committed. Without --after,\n' +
        'the last rows; with it, the rows that follow that number.',
    )
    .option('--after <seq>', 'rows after this sequence number', wholeNumber)
    .option('-n, --limit <count>', 'at most so many rows', wholeNumber, 50)
    .option('--type <event>', 'only events of this type (repeatable)', collect)
    .option('--run <id>', 'only events of this run')
    .option('--job <id>', 'only events of this job')
    .option('-f, --follow', 'go on with new rows until Ctrl-C')
    .addHelpText(
      'after',
      examples(
        ['capstan journal', 'the last 50 rows'],
        ['capstan journal --type job_finished --json', 'how jobs ended'],
        ['capstan journal --after 120 --follow', 'tail it'],
        ['capstan journal verify', 'is it whole and unchanged?'],
      ),
    )
    .action(
      act(async (context: Context, options: JournalOptions) =>
        (await import('./journal.ts')).journal(context, options),
      ),
    )
    .addCommand(verify);
}
