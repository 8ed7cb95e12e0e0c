import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { ProfilesOptions } from './profiles.ts';

export function profilesCommand(act: Act): Command {
  return new Command('profiles')
    .summary('what the calls of each instance used, by configuration')
    .description(
      'Lists how many calls each instance has answered under each configuration, how many were completed, and\n' +
        'what they used, summed by the units in which the tools measure themselves. Works beside a running host.',
    )
    .option('--capability <name>', 'only instances of this capability')
    .option('--instance <name>', 'only this instance; the default one is named as its capability')
    .addHelpText(
      'after',
      examples(
        ['capstan profiles', ''],
        ['capstan profiles --capability writer --json', 'for a script'],
      ),
    )
    .action(
      act(async (context: Context, options: ProfilesOptions) =>
        (await import('./profiles.ts')).profiles(context, options),
      ),
    );
}
