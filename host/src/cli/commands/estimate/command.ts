import { Command } from 'commander';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { Act } from '../../act.ts';

export function estimateCommand(act: Act): Command {
  return new Command('estimate')
    .summary('what installing would fetch and take on the disk')
    .description(
      'Asks each package manager what it would install, and the index how large that is. Nothing is built. What is\n' +
        'built or cached already costs nothing; an environment that several capabilities share is counted once; and a\n' +
        'size that nobody tells is shown as unknown, not as nothing.',
    )
    .argument('[names...]', 'only these capabilities')
    .addHelpText(
      'after',
      examples(
        ['capstan estimate', 'all that capstan.yaml declares'],
        ['capstan estimate speech --json', 'with every package'],
      ),
    )
    .action(
      act(async (context: Context, names: string[]) =>
        (await import('./estimate.ts')).estimate(context, names),
      ),
    );
}
