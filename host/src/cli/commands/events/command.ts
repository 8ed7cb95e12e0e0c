import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples, wholeNumber } from '../../options.ts';
import type { EventsOptions } from './events.ts';

export function eventsCommand(act: Act): Command {
  return new Command('events')
    .summary('watch what happens, as it happens')
    .description(
      'Tells every event of this workspace as the host tells it, until Ctrl-C: what is recorded in the journal,\n' +
        'and progress too. Where no host is up, tells what the journal has and ends. With --after it begins\n' +
        'behind that number of the journal, and nothing is missed or told twice; without, it begins now, or\n' +
        'with --job or --run, at their beginning.',
    )
    .option('--after <seq>', 'from behind this sequence number on; 0 is the beginning', wholeNumber)
    .option('--job <id>', 'only events of this job')
    .option('--run <id>', 'only events of this run')
    .option('--no-live', 'only what is recorded, without progress')
    .addHelpText(
      'after',
      examples(
        ['capstan events', 'everything, live'],
        ['capstan events --run run_… --json', 'one run, as NDJSON'],
        ['capstan events --after 1200 --json', 'go on where a reader stopped'],
      ),
    )
    .action(
      act(async (context: Context, options: EventsOptions) =>
        (await import('./events.ts')).events(context, options),
      ),
    );
}
