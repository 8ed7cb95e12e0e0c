import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { ReloadOptions } from './reload.ts';

export function reloadCommand(act: Act): Command {
  return new Command('reload')
    .summary('give an instance a new worker, without a gap')
    .description(
      'Starts a new worker of an instance with the same settings, adapters and slots, and puts it in the place of\n' +
        'the old one, which serves until then and ends with its last call. When the new one fails, the old one goes\n' +
        'on, and this says why.',
    )
    .argument('<instance>', 'an instance; the default one has the name of its capability')
    .option('--stop-first', 'end the old worker before the new one starts, where two do not fit')
    .option('--actor <name>', 'who does so; recorded in the journal', 'cli')
    .addHelpText(
      'after',
      examples(
        ['capstan reload speech', 'after its model was replaced, say'],
        ['capstan reload speech --stop-first', 'on a GPU that holds only one'],
      ),
    )
    .action(
      act(async (context: Context, id: string, options: ReloadOptions) =>
        (await import('./reload.ts')).reload(context, id, options),
      ),
    );
}
