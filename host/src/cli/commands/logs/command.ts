import { Command, Option } from 'commander';
import type { Context } from '../../context.ts';
import { examples, wholeNumber } from '../../options.ts';
import type { Act } from '../../act.ts';
import type { LogsOptions } from './logs.ts';

export function logsCommand(act: Act): Command {
  return new Command('logs')
    .summary('show what tools printed and logged')
    .description(
      'Shows what tools printed and logged, the oldest first. Logs are kept for a while only; what was\n' +
        'attempted is in the journal, which is kept for good (`capstan journal`).',
    )
    .option('--job <id>', 'only lines of this job')
    .option('--run <id>', 'only lines of this run')
    .option('--capability <name>', 'only lines of this capability')
    .addOption(
      new Option('--level <level>', 'this level and above').choices([
        'debug',
        'info',
        'warning',
        'error',
      ]),
    )
    .option('-n, --limit <count>', 'the last so many lines', wholeNumber, 100)
    .option('-f, --follow', 'go on with new lines until Ctrl-C')
    .addHelpText(
      'after',
      examples(
        ['capstan logs --run run_…', 'all that the tools of a run said'],
        ['capstan logs --capability speech --level warning', ''],
        ['capstan logs --follow --json', 'NDJSON, line by line'],
      ),
    )
    .action(
      act(async (context: Context, options: LogsOptions) =>
        (await import('./logs.ts')).logs(context, options),
      ),
    );
}
