import { Command, Option } from 'commander';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { Act } from '../../act.ts';
import type { JobOptions } from './job.ts';

export function jobCommand(act: Act): Command {
  return new Command('job')
    .summary('show one job: inputs, attempts, result, files')
    .description(
      'Shows one job: what was called with what, its attempts, why it waits, its result or error, and the\n' +
        'files it made with their SHA-256. Works beside a running host.',
    )
    .argument('<id>', 'a job id, as `capstan jobs` lists them')
    .addOption(
      new Option(
        '--decide <decision>',
        'about a job that needs a decision: run it again, or let it count as failed',
      ).choices(['rerun', 'fail']),
    )
    .addHelpText(
      'after',
      examples(
        ['capstan job job_01k3q8w2c7x9f4bn5t', ''],
        ['capstan logs --job job_01k3q8w2c7x9f4bn5t', 'what it printed'],
        [
          'capstan job job_01k3q8w2c7x9f4bn5t --decide rerun',
          'after an interruption of an unsafe action',
        ],
      ),
    )
    .action(
      act(async (context: Context, id: string, options: JobOptions) =>
        (await import('./job.ts')).job(context, id, options),
      ),
    );
}
