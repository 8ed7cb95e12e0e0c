import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples, pause } from '../../options.ts';
import type { DownOptions } from './down.ts';

export function downCommand(act: Act): Command {
  return new Command('down')
    .summary('end the host that `capstan up` started')
    .description(
      'Ends the resident host of this workspace and waits until it has ended. What runs gets a grace; what is\n' +
        'cut off then, and what waits, goes on with the next host. Where none is up there is nothing to do.',
    )
    .option('--grace <duration>', 'for what runs; as `capstan up` was told, unless given', pause)
    .addHelpText(
      'after',
      examples(
        ['capstan down', ''],
        ['capstan down --grace 5m', 'let a long step come to its end'],
      ),
    )
    .action(
      act(async (context: Context, options: DownOptions) =>
        (await import('./down.ts')).down(context, options),
      ),
    );
}
