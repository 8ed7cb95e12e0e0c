import { Command, Option } from 'commander';
import type { Context } from '../../context.ts';
import { examples, wholeNumber } from '../../options.ts';
import type { Act } from '../../act.ts';
import type { JobsOptions } from './jobs.ts';

export function jobsCommand(act: Act): Command {
  return new Command('jobs')
    .summary('list jobs, the newest first')
    .description('Lists the jobs of this workspace, the newest first. Works beside a running host.')
    .addOption(
      new Option('--state <state>', 'only jobs in this state').choices([
        'pending',
        'running',
        'completed',
        'failed',
        'cancelled',
        'needs_decision',
      ]),
    )
    .option('--run <id>', 'only jobs of this run')
    .option('--capability <name>', 'only jobs of this capability')
    .option('-n, --limit <count>', 'at most so many', wholeNumber, 20)
    .addHelpText(
      'after',
      examples(
        ['capstan jobs', 'the last 20'],
        ['capstan jobs --state failed', 'what went wrong'],
        ['capstan jobs --run run_… --json', 'the jobs of one run, for a script'],
      ),
    )
    .action(
      act(async (context: Context, options: JobsOptions) =>
        (await import('./jobs.ts')).jobs(context, options),
      ),
    );
}
