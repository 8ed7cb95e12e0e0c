import { Command } from 'commander';
import { examples } from '../../options.ts';
import type { Act } from '../../act.ts';

export function listCommand(act: Act): Command {
  return new Command('list')
    .summary('list the capabilities of this workspace')
    .description(
      'Lists the capabilities that capstan.yaml declares: kind of environment, version, whether they are\n' +
        'installed, and their actions. A state of `changed` means that the declaration, its source or its\n' +
        'environment is no longer what was installed; `capstan install` brings it up to date.',
    )
    .addHelpText(
      'after',
      examples(
        ['capstan list', 'what is here'],
        ['capstan list --json', 'the same for a script'],
        ['capstan show <name>', 'one of them in detail'],
      ),
    )
    .action(act(async (context) => (await import('./list.ts')).list(context)));
}
