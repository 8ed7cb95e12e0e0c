import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { ProfilesOptions } from './profiles.ts';
import type { ResetOptions } from './reset.ts';

export function profilesCommand(act: Act): Command {
  return new Command('profiles')
    .summary('what calls of each instance take and hold, by configuration; or forget it')
    .description(
      'Lists what is known of the calls of each instance under each configuration: how many were completed, how\n' +
        'long those take, what they hold of memory, on average and at most, and what they used by the units of\n' +
        'their tools. Jobs are admitted by it. What failed calls held is kept apart. Works beside a running host.',
    )
    .argument('[name]', 'only this instance, or those of this capability')
    .option('--capability <name>', 'only instances of this capability')
    .option('--instance <name>', 'only this instance; the default one is named as its capability')
    .addHelpText(
      'after',
      examples(
        ['capstan profiles', ''],
        ['capstan profiles speech --json', 'for a script, with everything'],
        ['capstan profiles reset speech', 'the next calls are measured anew'],
      ),
    )
    .action(
      act(async (context: Context, name: string | undefined, options: ProfilesOptions) =>
        (await import('./profiles.ts')).profiles(context, name, options),
      ),
    )
    .addCommand(resetCommand(act));
}

function resetCommand(act: Act): Command {
  return new Command('reset')
    .summary('forget what past calls took, so that the next are measured anew')
    .description(
      'Forgets what is known of the calls of an instance, or of all: after a model was replaced, say. The next\n' +
        'call is a measuring run again. The journal keeps what happened.',
    )
    .argument('[instance]', 'only of this one; the default one is named as its capability')
    .option('--config <hash>', 'only under this configuration, or the beginning of its hash')
    .option('--actor <name>', 'who does so; recorded in the journal', 'cli')
    .addHelpText(
      'after',
      examples(
        ['capstan profiles reset speech', ''],
        ['capstan profiles reset speech --config 3f2a91c0', 'as `capstan profiles` shows it'],
        ['capstan profiles reset', 'of all instances'],
      ),
    )
    .action(
      act(async (context: Context, name: string | undefined, options: ResetOptions) =>
        (await import('./reset.ts')).reset(context, name, options),
      ),
    );
}
