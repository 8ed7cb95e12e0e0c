import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { JobOptions } from './job.ts';

export function jobCommand(act: Act): Command {
  return new Command('job')
    .summary('show one job: inputs, attempts, result, files, and what to do next')
    .description(
      'Shows one job: what was called with what and on which terms, its attempts, why it waits, its result or\n' +
        'error, and the files it made with their SHA-256. Works beside a running host.',
    )
    .argument('<id>', 'a job id, as `capstan jobs` lists them')
    .option('--decide [decision]', 'the same as `capstan decide <id> <decision>`: rerun, or fail')
    .addHelpText(
      'after',
      examples(
        ['capstan job job_01k3q8w2c7x9f4bn5t', ''],
        ['capstan job job_01k3q8w2c7x9f4bn5t --json', 'with all of its input and result'],
        ['capstan logs --job job_01k3q8w2c7x9f4bn5t', 'what it printed'],
      ),
    )
    .action(
      act(async (context: Context, id: string, options: JobOptions) =>
        (await import('./job.ts')).job(context, id, options),
      ),
    );
}
