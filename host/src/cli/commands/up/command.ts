import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples, pause } from '../../options.ts';
import type { UpOptions } from './up.ts';

export function upCommand(act: Act): Command {
  return new Command('up')
    .summary('stay up as the host of this workspace')
    .description(
      'Stays up as the host of this workspace, in the foreground, and does what the other commands submit.\n' +
        'First goes on with whatever is unfinished. In a terminal it tells every change; in a pipe, a line per\n' +
        'job or run that ended; with --json, every event as a line of NDJSON. Ctrl-C ends it: what runs gets a\n' +
        'grace, and what is cut off then goes on with the next host. A second Ctrl-C ends it at once.',
    )
    .option('--grace <duration>', 'for what runs when it is ended (default: 10s)', pause)
    .addHelpText(
      'after',
      examples(
        ['capstan up', 'in one terminal; `capstan run`, `submit`, `cancel` … in others'],
        ['capstan up --json >> events.ndjson', 'for a supervisor and a log'],
        ['capstan down', 'ends it from anywhere'],
      ),
    )
    .action(
      act(async (context: Context, options: UpOptions) =>
        (await import('./up.ts')).up(context, options),
      ),
    );
}
