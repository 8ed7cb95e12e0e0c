import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { ChangeOptions } from './change.ts';

export function envCommand(act: Act): Command {
  return new Command('env')
    .summary("show and set tools' environment variables that are no secrets")
    .description(
      'Shows and sets the variables that a capability declares for its worker, for one instance of it. For\n' +
        'secrets there is `capstan secret`.',
    )
    .addHelpText(
      'after',
      examples(
        ['capstan env list speech', 'all it declares, with values'],
        ['capstan env set speech DEVICE=cuda', ''],
        ['capstan env unset speech DEVICE', 'back to what is declared'],
      ),
    )
    .addCommand(listCommand(act))
    .addCommand(setCommand(act))
    .addCommand(unsetCommand(act));
}

function listCommand(act: Act): Command {
  return new Command('list')
    .summary('list the variables of an instance')
    .description(
      'Lists the variables that a capability declares, with the value that an instance of it gets and where that\n' +
        'comes from. Of secrets only whether they are set.',
    )
    .argument('<instance>', 'a capability, or one of its instances')
    .addHelpText(
      'after',
      examples(['capstan env list speech', ''], ['capstan env list speech --json', '']),
    )
    .action(
      act(async (context: Context, instance: string) =>
        (await import('./list.ts')).listVariables(context, instance),
      ),
    );
}

function setCommand(act: Act): Command {
  return new Command('set')
    .summary('set variables of an instance')
    .description(
      'Sets variables of an instance, over what is declared. Holds until it is unset, across the ends of hosts.\n' +
        'A loaded worker is started anew when its calls have ended.',
    )
    .argument('<instance>', 'a capability, or one of its instances')
    .argument('<name=value...>', 'variables that it declares')
    .option('--actor <name>', 'who does so; recorded in the journal', 'cli')
    .addHelpText(
      'after',
      examples(
        ['capstan env set speech DEVICE=cuda', ''],
        ['capstan env set speech-large REGION=eu', ''],
      ),
    )
    .action(
      act(async (context: Context, instance: string, pairs: string[], options: ChangeOptions) =>
        (await import('./change.ts')).setVariables(context, instance, pairs, options),
      ),
    );
}

function unsetCommand(act: Act): Command {
  return new Command('unset')
    .summary('go back to what is declared')
    .description(
      'Forgets what was set for variables of an instance, so that what is declared holds again.',
    )
    .argument('<instance>', 'a capability, or one of its instances')
    .argument('<names...>', 'variables that were set')
    .option('--actor <name>', 'who does so; recorded in the journal', 'cli')
    .addHelpText('after', examples(['capstan env unset speech DEVICE', '']))
    .action(
      act(async (context: Context, instance: string, names: string[], options: ChangeOptions) =>
        (await import('./change.ts')).unsetVariables(context, instance, names, options),
      ),
    );
}
