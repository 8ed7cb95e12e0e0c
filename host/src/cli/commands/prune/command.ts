import { Command } from 'commander';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { Act } from '../../act.ts';
import type { PruneOptions } from './environments.ts';

export function pruneCommand(act: Act): Command {
  const prune = new Command('prune')
    .summary('remove environments that nobody uses')
    .addHelpText(
      'after',
      examples(
        ['capstan prune environments --dry-run', 'what would go'],
        ['capstan prune environments --yes', 'in a script'],
      ),
    );
  prune
    .command('environments')
    .summary('remove environments and copies of code that no workspace uses')
    .description(
      'An environment stays while a manifest of any workspace refers to it, while a process runs from it, and while\n' +
        'it is built. A copy of a capability’s code goes when no manifest loads it and no worker of its environment\n' +
        'runs. Whatever is removed can be built again by `capstan install`.',
    )
    .option('--dry-run', 'show what would go and stop')
    .option('-y, --yes', 'go on without asking')
    .addHelpText(
      'after',
      examples(
        ['capstan prune environments --dry-run', 'what would go'],
        ['capstan prune environments --yes', 'in a script'],
      ),
    )
    .action(
      act(async (context: Context, options: PruneOptions) =>
        (await import('./environments.ts')).pruneEnvironments(context, options),
      ),
    );
  return prune;
}
