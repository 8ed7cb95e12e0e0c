import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { ImportOptions } from './import-cjm.ts';

export function importCommand(act: Act): Command {
  const command = new Command('import')
    .summary('take over what another system declares')
    .description(
      'Reads what another system declares, and proposes or writes what does the same here.',
    );
  command
    .command('cjm')
    .summary('read cjm.yaml, capabilities.yaml and manifests')
    .description(
      'Reads a project of cjm-substrate or cjm-plugin-system: cjm.yaml, capabilities.yaml, manifests of both\n' +
        'formats and the settings it keeps. Shows the entries of capstan.yaml that do the same, and says what\n' +
        'differs and what has no place. What capstan.yaml declares already is never changed.',
    )
    .argument('[path]', 'the folder of the project, its data folder, or one file', '.')
    .option('--write', 'add the entries to capstan.yaml, here or in the folder of -C')
    .option('--dry-run', 'only show them (as without --write)')
    .option(
      '--use-installed',
      'start what is installed there as it is, until `capstan install` builds its own',
    )
    .addHelpText(
      'after',
      examples(
        ['capstan import cjm ~/work/notes', 'what it would become'],
        ['capstan import cjm ~/work/notes --write', 'add it to capstan.yaml'],
        [
          'capstan import cjm ~/.cjm --use-installed --write',
          'and use the environments that are there',
        ],
      ),
    )
    .action(
      act(async (context: Context, path: string, options: ImportOptions) =>
        (await import('./import-cjm.ts')).importCjm(context, path, options),
      ),
    );
  return command;
}
