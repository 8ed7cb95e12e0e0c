import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { count, examples } from '../../options.ts';
import type { UnloadOptions } from './unload.ts';

export function unloadCommand(act: Act): Command {
  return new Command('unload')
    .summary('end the worker of an instance')
    .description(
      'Ends the workers of instances when the calls in them have ended. What waits for one starts it again;\n' +
        '`capstan disable` keeps it from that. With --forget, what was set of an instance at run time is forgotten,\n' +
        'and one that was loaded under a name of its own is not known any more.',
    )
    .argument('<instances...>', 'instances; the default one has the name of its capability')
    .option('--forget', 'forget what was set of it, and its name')
    .option('--concurrency <n>', 'of several, so many at once', count)
    .option('--fail-fast', 'of several, begin no more after the first failure')
    .option('--actor <name>', 'who does so; recorded in the journal', 'cli')
    .addHelpText(
      'after',
      examples(
        ['capstan unload speech-large', 'its memory is free again'],
        ['capstan unload speech-large --forget', 'as if it had never been loaded'],
      ),
    )
    .action(
      act(async (context: Context, ids: string[], options: UnloadOptions) =>
        (await import('./unload.ts')).unload(context, ids, options),
      ),
    );
}
