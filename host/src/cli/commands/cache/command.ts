import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { bytes, examples, milliseconds } from '../../options.ts';
import type { PruneOptions } from './prune.ts';

export function cacheCommand(act: Act): Command {
  return new Command('cache')
    .summary('show what tools have kept of earlier results; or remove it')
    .description(
      'Tools may keep a result for an input, an action and a configuration, and find it again instead of\n' +
        'making it anew. Nothing is lost with it but time.',
    )
    .addHelpText(
      'after',
      examples(
        ['capstan cache list speech', 'what it has kept, the largest first'],
        ['capstan cache prune --older-than 30d --dry-run', 'what has not been used for a month'],
      ),
    )
    .addCommand(listCommand(act))
    .addCommand(pruneCommand(act));
}

function listCommand(act: Act): Command {
  return new Command('list')
    .summary('cached results, the largest first')
    .argument('[capability]', 'only those of this one')
    .action(
      act(async (context: Context, capability?: string) =>
        (await import('./list.ts')).list(context, capability),
      ),
    );
}

function pruneCommand(act: Act): Command {
  return new Command('prune')
    .summary('remove cached results, and give their room back')
    .description(
      'Removes the results for which all that is given holds. Works beside a running host: a tool that does\n' +
        'not find a result makes it anew. What killed calls have left half-written goes as well, after a day.',
    )
    .argument('[capability]', 'only those of this one')
    .option('--older-than <duration>', 'results not used for so long', milliseconds)
    .option('--larger-than <size>', 'results that take more than this', bytes)
    .option('--all', 'all of them')
    .option(
      '--keep <id>',
      'these stay, by id as `cache list` shows it or its beginning; repeat it for more',
      (id: string, ids: string[]) => [...ids, id],
      [] as string[],
    )
    .option('--dry-run', 'only say what would go')
    .addHelpText(
      'after',
      examples(
        ['capstan cache prune --older-than 30d', ''],
        ['capstan cache prune speech --larger-than 1GB --dry-run', ''],
        ['capstan cache prune speech --all --keep speech/transcribe/talk', 'all but these'],
      ),
    )
    .action(
      act(async (context: Context, capability: string | undefined, options: PruneOptions) =>
        (await import('./prune.ts')).prune(context, capability, options),
      ),
    );
}
