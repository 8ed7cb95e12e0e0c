import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { RegenerateOptions } from './regenerate.ts';

export function regenerateCommand(act: Act): Command {
  return new Command('regenerate')
    .summary('look anew at what a capability offers, in the environment it has')
    .description(
      'Imports an installed capability in its environment again and records what it offers now: actions,\n' +
        'settings, adapters, and the hashes that drift is found by. How it was installed stays as it is, with\n' +
        'everything that was written into its manifest by hand. Nothing is built; `capstan install` does that.',
    )
    .argument('[names...]', 'installed capabilities')
    .option('--all', 'all that are installed')
    .addHelpText(
      'after',
      examples(
        ['capstan regenerate speech', 'after its worker was found to differ from its manifest'],
        ['capstan regenerate --all --json', 'all of them, with what changed, for a script'],
      ),
    )
    .action(
      act(async (context: Context, names: string[], options: RegenerateOptions) =>
        (await import('./regenerate.ts')).regenerate(context, names, options),
      ),
    );
}
