import { Command } from 'commander';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { Act } from '../../act.ts';

export function validateCommand(act: Act): Command {
  return new Command('validate')
    .summary('check a composition without running anything')
    .description(
      'Checks a composition against the capabilities of its workspace: unknown capabilities, actions, inputs\n' +
        'and nodes, cycles, missing inputs, types that cannot fit. Every problem is shown at once, with file,\n' +
        'line and column. Exits with 2 when there is an error; warnings alone exit with 0.',
    )
    .argument('<composition>', 'a composition file (YAML or JSON)')
    .addHelpText(
      'after',
      examples(
        ['capstan validate notes.yaml', ''],
        ['capstan validate notes.yaml --json', 'problems for an editor or CI'],
      ),
    )
    .action(
      act(async (context: Context, file: string) =>
        (await import('./validate.ts')).validate(context, file),
      ),
    );
}
