import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { EnableOptions } from './enable.ts';

export function enableCommand(act: Act): Command {
  return new Command('enable')
    .summary('let an instance work again')
    .description(
      'Lets an instance that was disabled take new work and go on with what waits for it.',
    )
    .argument('<instance>', 'an instance; the default one has the name of its capability')
    .option('--actor <name>', 'who does so; recorded in the journal', 'cli')
    .addHelpText('after', examples(['capstan enable speech', '']))
    .action(
      act(async (context: Context, name: string, options: EnableOptions) =>
        (await import('./enable.ts')).setEnabled(context, name, true, options),
      ),
    );
}

export function disableCommand(act: Act): Command {
  return new Command('disable')
    .summary('let an instance rest: nothing new is accepted, nothing begins')
    .description(
      'Refuses new work for an instance, and begins none of what waits for it. What runs may finish. Holds\n' +
        'until `capstan enable`, across the ends and starts of hosts.',
    )
    .argument('<instance>', 'an instance; the default one has the name of its capability')
    .option('--actor <name>', 'who does so; recorded in the journal', 'cli')
    .addHelpText(
      'after',
      examples(
        ['capstan disable speech', 'while its model is replaced, say'],
        ['capstan enable speech', 'what waited goes on'],
      ),
    )
    .action(
      act(async (context: Context, name: string, options: EnableOptions) =>
        (await import('./enable.ts')).setEnabled(context, name, false, options),
      ),
    );
}
