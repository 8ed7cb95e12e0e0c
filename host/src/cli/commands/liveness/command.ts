import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';

export function livenessCommand(act: Act): Command {
  return new Command('liveness')
    .summary('does a lease, a run or a job advance, spin or stall?')
    .description(
      'Says from what was seen, never from what somebody says of itself, whether work goes on: advancing (exit 0),\n' +
        'stalled (exit 4: silence, or it is over) or spinning (exit 5: signs of life, and nothing changes). The\n' +
        'windows stand in capstan.yaml under `liveness`. Works with a host and without one.',
    )
    .argument('<id>', 'a lease, a run or a job')
    .addHelpText(
      'after',
      `${examples(
        [
          'capstan liveness lse_01k3q8w2c7x9f4bn5t',
          'by commits in its region, renewals, its run and its process',
        ],
        ['capstan liveness run_01k3q8w2c7x9f4bn5t', 'by the journal of its jobs'],
        ['capstan liveness job_01k3q8w2c7x9f4bn5t --json', ''],
      )}\n\nMore: docs/liveness.md`,
    )
    .action(
      act(async (context: Context, id: string) =>
        (await import('./liveness.ts')).liveness(context, id),
      ),
    );
}
