import { Command } from 'commander';
import type { Act } from '../../act.ts';
import { examples } from '../../options.ts';

export function instancesCommand(act: Act): Command {
  return new Command('instances')
    .summary('list the instances of capabilities, and what their workers are up to')
    .description(
      'Lists every instance that is known: the default one of each capability, those that capstan.yaml declares,\n' +
        'those that were loaded under a name of their own, and, where a host is up, those with generated names.',
    )
    .argument('[name]', 'only this instance, or those of this capability')
    .addHelpText(
      'after',
      examples(
        ['capstan instances', 'all of them'],
        ['capstan instances speech', 'those of one capability'],
        ['capstan instances --json', 'with sessions, tasks and what has drifted'],
      ),
    )
    .action(
      act(async (context, name: string | undefined) =>
        (await import('./instances.ts')).instances(context, name),
      ),
    );
}
