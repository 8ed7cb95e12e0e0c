import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';

export function statsCommand(act: Act): Command {
  return new Command('stats')
    .summary('count the jobs, and say how busy the host is')
    .description(
      'Counts jobs by state and by capability, what ended in the last hour and ever, and how long jobs wait\n' +
        'and take. With a host that is up, also its lanes, workers and memory. Cheap, however long the history.',
    )
    .addHelpText(
      'after',
      examples(['capstan stats', ''], ['capstan stats --json | jq .jobs.byState', '']),
    )
    .action(act(async (context: Context) => (await import('./stats.ts')).stats(context)));
}
