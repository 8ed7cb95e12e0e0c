import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { CheckOptions } from './check.ts';

export function checkCommand(act: Act): Command {
  return new Command('check')
    .summary('say whether an adapter fits a capability, and what is missing')
    .description(
      'Holds adapters against capabilities as both were recorded: every method must be there, its parameters\n' +
        'must begin with those the adapter asks for, and every property must be there. Nothing is started. Without\n' +
        'an adapter all of them are checked. The exit code is 2 when one that was named does not fit.',
    )
    .argument('[capability]', 'an installed capability; all of them with --task')
    .argument('[adapter]', 'an adapter, by its class or in full: Counting, words.Counting')
    .option('--task <task>', 'only adapters that give this task')
    .addHelpText(
      'after',
      examples(
        ['capstan check words', 'every adapter against it'],
        ['capstan check words Counting', 'one, with what is missing'],
        ['capstan check --task counting', 'who could do this'],
      ),
    )
    .action(
      act(
        async (
          context: Context,
          capability: string | undefined,
          adapter: string | undefined,
          options: CheckOptions,
        ) => (await import('./check.ts')).check(context, { ...options, capability, adapter }),
      ),
    );
}
