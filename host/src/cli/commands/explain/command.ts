import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';

export function explainCommand(act: Act): Command {
  return new Command('explain')
    .summary('what a code of an error or a refusal means, and what to do')
    .description(
      'Explains a code that a command ended with: what it means, what to do about it, and with what it ends a process.\n' +
        'Knows the codes that capstan.yaml declares under `refusals:` too. Without a code it lists all; a number lists\n' +
        'those that end a process with it.',
    )
    .argument('[code]', 'a code such as REGION_HELD, or the number a process ended with')
    .addHelpText(
      'after',
      examples(
        ['capstan explain REGION_HELD', ''],
        ['capstan explain 75', 'every code that ends with 75'],
        ['capstan explain --json', 'all of them, for a program'],
      ),
    )
    .action(
      act(async (context: Context, code: string | undefined) =>
        (await import('./explain.ts')).explain(context, code),
      ),
    );
}
