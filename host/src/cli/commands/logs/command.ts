import { Command, Option } from 'commander';
import { HostError } from '../../../errors.ts';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { bytes, examples, milliseconds, moment, wholeNumber } from '../../options.ts';
import type { LogsOptions } from './logs.ts';
import type { PruneOptions } from './prune.ts';

export function logsCommand(act: Act): Command {
  return new Command('logs')
    .summary('show what tools printed and logged; or remove the old')
    .description(
      'Shows what tools printed and logged, the oldest first. Logs are kept for a while only; what was\n' +
        'attempted is in the journal, which is kept for good (`capstan journal`).',
    )
    .option('--job <id>', 'only lines of this job')
    .option('--run <id>', 'only lines of this run')
    .option('--capability <name>', 'only lines of this capability')
    .option('--session <id>', 'only lines of this worker session, raw output included')
    .option('--call <id>', 'only lines of this call: one attempt of a job')
    .addOption(
      new Option('--level <level>', 'this level and above').choices([
        'debug',
        'info',
        'warning',
        'error',
      ]),
    )
    .option('--since <when>', 'lines from then on: 2h, 7d, or an ISO time', moment)
    .option('-n, --limit <count>', 'the last so many lines (default: 100)', wholeNumber)
    .option('-f, --follow', 'go on with new lines until Ctrl-C')
    .option('--dropped', 'how many lines came too fast to be kept, by worker session')
    .addHelpText(
      'after',
      examples(
        ['capstan logs --run run_…', 'all that the tools of a run said'],
        ['capstan logs --capability speech --level warning --since 2h', ''],
        ['capstan logs --follow --json', 'NDJSON, line by line'],
        ['capstan logs prune --older-than 14d', 'make room'],
      ),
    )
    .action(
      act(async (context: Context, options: LogsOptions) =>
        (await import('./logs.ts')).logs(context, options),
      ),
    )
    .addCommand(pruneCommand(act));
}

function pruneCommand(act: Act): Command {
  return new Command('prune')
    .summary('remove old logs, and give their room back')
    .description(
      'Removes lines that are too old, then the oldest until the rest fits, and makes the file smaller. A host\n' +
        'does so by itself when it starts. Works beside a running host. The journal is never touched.',
    )
    .option('--older-than <duration>', 'lines older than this go (default: 14d)', milliseconds)
    .option(
      '--max-size <size>',
      'the oldest go until the rest takes no more (default: 64MiB)',
      bytes,
    )
    .option('--dry-run', 'only say what would go')
    .addHelpText(
      'after',
      examples(
        ['capstan logs prune', ''],
        ['capstan logs prune --older-than 2d --max-size 10MiB --dry-run', ''],
      ),
    )
    .action(
      act(async (context: Context, options: PruneOptions, command: Command) => {
        const [other] = Object.keys(command.parent?.opts() ?? {});
        // Lines are shown by it, and all would go.
        if (other !== undefined) {
          throw new HostError('USAGE', `logs prune has no option --${other}.`, {
            hint: 'It removes the old lines of all. See `capstan logs prune --help`.',
          });
        }
        return (await import('./prune.ts')).prune(context, options);
      }),
    );
}
