import { Command, Option } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { RetryOptions } from './retry.ts';

export function retryCommand(act: Act): Command {
  return new Command('retry')
    .summary('repeat a run from where it failed')
    .description(
      'Starts a new run that keeps what an earlier one completed, and shows it live. A node is done again if it\n' +
        'did not complete, follows from one that is done again, or reads what has changed since. Ctrl-C cancels.',
    )
    .argument('<run>', 'the id of a run that is over')
    .option('--from <node>', 'do this node, and all that follows from it, again, completed or not')
    .addOption(
      definitionOption('what is repeated: the run as it was recorded, or the file as it is now'),
    )
    .option('--actor <name>', 'who asks; recorded in the journal')
    .option('--watch', 'with --json: every event as a line of NDJSON; in a pipe: progress too')
    .addHelpText(
      'after',
      examples(
        ['capstan retry run_01k3q8w2c7x9f4bn5t', 'the same again, from where it failed'],
        [
          'capstan retry run_01k3q8w2c7x9f4bn5t --from ocr',
          'and also what was completed since ocr',
        ],
        [
          'capstan retry run_01k3q8w2c7x9f4bn5t --with-definition new',
          'the composition was corrected meanwhile',
        ],
      ),
    )
    .action(
      act(async (context: Context, id: string, options: RetryOptions) =>
        (await import('./retry.ts')).retry(context, id, options),
      ),
    );
}

export const definitionOption = (what: string): Option =>
  new Option('--with-definition <which>', what).choices(['original', 'new']);
