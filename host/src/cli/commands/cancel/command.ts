import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { CancelOptions } from './cancel.ts';

export function cancelCommand(act: Act): Command {
  return new Command('cancel')
    .summary('cancel runs or jobs')
    .description(
      'Cancels runs with all their jobs, or single jobs. What waits is cancelled at once. A running tool is\n' +
        'asked to stop, and ended by force if it does not. Works beside a host, and without one. What is over\n' +
        'already cannot be cancelled: exit code 5.',
    )
    .argument('<id...>', 'run ids and job ids')
    .option('--reason <text>', 'recorded in the journal', 'cancelled from the command line')
    .option('--wait', 'until it is over, telling how far it is')
    .addHelpText(
      'after',
      examples(
        ['capstan cancel run_01k3q8w2c7x9f4bn5t', ''],
        ['capstan cancel job_… job_… --reason "wrong file"', ''],
        ['capstan cancel job_… --wait', 'come back when nothing of it runs any more'],
      ),
    )
    .action(
      act(async (context: Context, ids: string[], options: CancelOptions) =>
        (await import('./cancel.ts')).cancel(context, ids, options),
      ),
    );
}
