import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples, milliseconds } from '../../options.ts';
import type { WaitOptions } from './wait.ts';

export function waitCommand(act: Act): Command {
  return new Command('wait')
    .summary('wait for jobs and runs, and end as they did')
    .description(
      'Waits until all of these are over, prints the results, and ends with the exit code of their outcome: 0,\n' +
        '1 if one failed or needs a decision, 124 if a deadline passed, 130 if one was cancelled. While no host\n' +
        'is up this command is one. Ctrl-C ends the waiting, not the work.',
    )
    .argument('<ids...>', 'job ids and run ids')
    .option('--timeout <duration>', 'wait no longer than this, and end with 124', milliseconds)
    .addHelpText(
      'after',
      examples(
        ['capstan wait job_01k3q8w2c7x9f4bn5t', 'prints its result'],
        ['capstan wait $(capstan submit hello.greet -i who=World)', ''],
        ['capstan wait run_01k3q8w2c7x9f4bn5t --timeout 10m --json', ''],
      ),
    )
    .action(
      act(async (context: Context, ids: string[], options: WaitOptions) =>
        (await import('./wait.ts')).wait(context, ids, options),
      ),
    );
}
