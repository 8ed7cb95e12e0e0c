import { Command, InvalidArgumentError } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { count, examples, moment, wholeNumber } from '../../options.ts';
import type { JobRow } from '../../runtime.ts';
import type { JobsOptions } from './jobs.ts';

export function jobsCommand(act: Act): Command {
  return new Command('jobs')
    .summary('list jobs, the newest first')
    .description(
      'Lists all jobs there ever were in this workspace, the newest first, a page at a time. Works beside a\n' +
        'running host. A job that is shown as interrupted goes on with the next host.',
    )
    .option('--state <state>', `only jobs in this state (repeatable): ${states.join(', ')}`, state)
    .option('--run <id>', 'only jobs of this run, or submitted with this label')
    .option('--capability <name>', 'only jobs of this capability, on whatever instance')
    .option(
      '--instance <name>',
      'only jobs of this instance; the default one is named as its capability',
    )
    .option('--actor <name>', 'only jobs that this actor asked for')
    .option('--since <when>', 'only jobs submitted since: 2h, 7d, or an ISO time', moment)
    .option(
      '--before <cursor>',
      'the page behind this cursor, which the page before it names',
      wholeNumber,
    )
    .option('-n, --limit <count>', 'at most so many (default: 20)', count)
    .addHelpText(
      'after',
      examples(
        ['capstan jobs', 'the last 20'],
        ['capstan jobs --state failed --since 1d', 'what went wrong today'],
        ['capstan jobs --state pending --state running', 'what is going on'],
        ['capstan jobs --run run_… --json', 'the jobs of one run, for a script'],
      ),
    )
    .action(
      act(async (context: Context, options: JobsOptions) =>
        (await import('./jobs.ts')).jobs(context, options),
      ),
    );
}

const states: readonly JobRow['state'][] = [
  'pending',
  'running',
  'completed',
  'failed',
  'cancelled',
  'needs_decision',
];

function state(text: string, earlier: JobRow['state'][] | undefined): JobRow['state'][] {
  const known = states.find((one) => one === text);
  if (known === undefined) {
    throw new InvalidArgumentError(`Allowed choices are ${states.join(', ')}.`);
  }
  return [...(earlier ?? []), known];
}
