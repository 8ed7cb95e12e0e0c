import { Command, Option } from 'commander';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { Act } from '../../act.ts';
import type { ValidateOptions } from './validate.ts';

export function validateCommand(act: Act): Command {
  return new Command('validate')
    .summary('check compositions, capstan.yaml, manifests and sources without running anything')
    .description(
      'Checks files, each for what it is: a composition against the capabilities of its workspace, capstan.yaml and\n' +
        'the files it names, manifests of capabilities and adapters, command declarations, environment files, and the\n' +
        'Python or TypeScript of a capability for what does harm in a worker. A folder means all of those below it\n' +
        'but compositions; without an argument it is the workspace. Every problem is shown at once, with file, line\n' +
        'and column. Exits with 2 when there is an error; warnings alone exit with 0.',
    )
    .argument('[paths...]', 'files or folders')
    .option('--strict', 'warnings are errors')
    .addOption(new Option('--format <format>', 'json is --json').choices(['text', 'json']))
    .addHelpText(
      'after',
      examples(
        ['capstan validate', 'capstan.yaml, what it names, and the manifests'],
        ['capstan validate notes.yaml', 'a composition'],
        ['capstan validate tools/ --strict', 'sources, in CI'],
        ['capstan validate notes.yaml --json', 'problems for an editor or CI'],
      ),
    )
    .action(
      act(async (context: Context, paths: string[], options: ValidateOptions) =>
        (await import('./validate.ts')).validate(context, paths, options),
      ),
    );
}
