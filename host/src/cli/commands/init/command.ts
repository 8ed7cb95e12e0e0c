import { Command, Option } from 'commander';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { Act } from '../../act.ts';
import type { InitOptions } from './init.ts';

export function initCommand(act: Act): Command {
  return new Command('init')
    .summary('make a workspace with a first tool and a first composition')
    .description(
      'Writes a commented capstan.yaml, a capability `hello` and a composition that calls it, here or in the\n' +
        'folder of -C. Never overwrites a file. Adds .capstan/ to .gitignore.',
    )
    .addOption(
      new Option('--language <language>', 'of the first tool').choices(['typescript', 'python']),
    )
    .option('-y, --yes', 'ask nothing; takes TypeScript unless --language says otherwise')
    .addHelpText(
      'after',
      examples(
        ['capstan init', 'asks for the language'],
        ['capstan init --yes && capstan install --yes', ''],
        ['capstan init -C tools --language python --yes', 'in another folder'],
      ),
    )
    .action(
      act(async (context: Context, options: InitOptions) =>
        (await import('./init.ts')).init(context, options),
      ),
    );
}
