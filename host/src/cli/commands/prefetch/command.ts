import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';

export function prefetchCommand(act: Act): Command {
  return new Command('prefetch')
    .summary('have an instance fetch what its calls would have to, such as a model')
    .description(
      'Asks a tool to fetch ahead of time what it needs, starting it if need be. It may take as long as it likes\n' +
        'while it gets on; when it has told nothing new for `silenceSeconds`, it is taken for hung and ended.',
    )
    .argument('<instance>', 'an instance; the default one has the name of its capability')
    .addHelpText('after', examples(['capstan prefetch speech', 'before the first call needs it']))
    .action(
      act(async (context: Context, id: string) =>
        (await import('./prefetch.ts')).prefetch(context, id),
      ),
    );
}
