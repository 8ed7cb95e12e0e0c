import { Command } from 'commander';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { Act } from '../../act.ts';

export function showCommand(act: Act): Command {
  return new Command('show')
    .summary('show a capability: its actions, their inputs, and how to call them')
    .description(
      'Shows what was recorded when a capability was installed: where it runs, its actions with their\n' +
        'inputs and results, and a command line to try for each.',
    )
    .argument('<name>', 'a capability of capstan.yaml')
    .addHelpText(
      'after',
      examples(
        ['capstan show hello', 'everything about it'],
        ['capstan show hello --json', 'with the full schemas'],
      ),
    )
    .action(
      act(async (context: Context, name: string) =>
        (await import('./show.ts')).show(context, name),
      ),
    );
}
