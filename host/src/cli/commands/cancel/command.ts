import { Command } from 'commander';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { Act } from '../../act.ts';
import type { CancelOptions } from './cancel.ts';

export function cancelCommand(act: Act): Command {
  return new Command('cancel')
    .summary('cancel a run or a job')
    .description(
      'Cancels a run with all its jobs, or one job. A running tool is asked to stop and ended if it does not.\n' +
        'Works while another `capstan run` is going on in this workspace, and also when none is.',
    )
    .argument('<id>', 'a run id or a job id')
    .option('--reason <text>', 'recorded in the journal', 'cancelled from the command line')
    .addHelpText(
      'after',
      examples(
        ['capstan cancel run_01k3q8w2c7x9f4bn5t', ''],
        ['capstan cancel job_… --reason "wrong file"', ''],
      ),
    )
    .action(
      act(async (context: Context, id: string, options: CancelOptions) =>
        (await import('./cancel.ts')).cancel(context, id, options),
      ),
    );
}
