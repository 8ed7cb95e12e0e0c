import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { AdaptersOptions } from './adapters.ts';

export function adaptersCommand(act: Act): Command {
  return new Command('adapters')
    .summary('list adapters: the tasks they give, what they need, and which capabilities have it')
    .description(
      'Lists the adapters that were recorded when capabilities were installed, by task. An adapter fits a\n' +
        'capability that has every method and property it needs; that is decided from what was recorded of both,\n' +
        'so nothing has to be loaded.',
    )
    .option('--task <task>', 'only those that give this task')
    .addHelpText(
      'after',
      examples(
        ['capstan adapters', 'all of them'],
        ['capstan adapters --task transcription', 'who can transcribe, and who cannot, and why'],
        ['capstan adapters --json', 'with every method, for a script'],
      ),
    )
    .action(
      act(async (context: Context, options: AdaptersOptions) =>
        (await import('./adapters.ts')).adapters(context, options),
      ),
    );
}
