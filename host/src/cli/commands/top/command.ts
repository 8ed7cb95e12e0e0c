import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples, milliseconds } from '../../options.ts';
import type { TopOptions } from './top.ts';

export function topCommand(act: Act): Command {
  return new Command('top')
    .summary('watch the machine: jobs, workers, devices, leases')
    .description(
      'Shows live what runs and what waits, and why; the workers that are up; how full each device is, and who\n' +
        'holds or waits for what. Only looks, never changes anything. Works with and without a host, also outside\n' +
        'of a workspace. In a pipe it prints the same again and again, with --json a document per line.\n' +
        'q or Ctrl-C leaves.',
    )
    .option('--once', 'print it once and end')
    .option('--interval <duration>', 'look again after this long (default: 1s)', milliseconds)
    .addHelpText(
      'after',
      examples(
        ['capstan top', ''],
        ['capstan top --once', 'for a report'],
        ['capstan top --json --interval 10s >> top.ndjson', 'for a graph'],
      ),
    )
    .action(
      act(async (context: Context, options: TopOptions) =>
        (await import('./top.ts')).top(context, options),
      ),
    );
}
