import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples, priority } from '../../options.ts';
import type { ReorderOptions } from './reorder.ts';

export function reorderCommand(act: Act): Command {
  return new Command('reorder')
    .summary('move a waiting job in its line')
    .description(
      'Changes the priority of a job that waits. Higher goes first; equal ones in the order they came.\n' +
        'A job that runs or is over cannot be moved.',
    )
    .argument('<job>', 'a job id; `capstan jobs --state pending` lists them')
    .option('--priority <number>', 'this priority, 0 to 1000000', priority)
    .option('--first', 'before all others that wait')
    .option('--last', 'behind all others that wait')
    .addHelpText(
      'after',
      examples(
        ['capstan reorder job_01k3q8w2c7x9f4bn5t --first', ''],
        ['capstan reorder job_01k3q8w2c7x9f4bn5t --priority 10', ''],
      ),
    )
    .action(
      act(async (context: Context, id: string, options: ReorderOptions) =>
        (await import('./reorder.ts')).reorder(context, id, options),
      ),
    );
}
