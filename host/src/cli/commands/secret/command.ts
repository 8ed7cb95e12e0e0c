import { Command, Option } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { InitOptions } from './init.ts';
import type { RemoveOptions } from './remove.ts';
import type { SetOptions } from './set.ts';

export function secretCommand(act: Act): Command {
  return new Command('secret')
    .summary("keep tools' secrets: set, list, remove, init, unlock")
    .description(
      'Keeps the secrets that capabilities declare: encrypted, each for one capability. A tool gets its own when\n' +
        'its worker starts, and they are taken out of whatever it says.',
    )
    .addHelpText(
      'after',
      examples(
        ['capstan secret set speech API_KEY', 'asks for the value, unseen'],
        ['capstan secret set speech API_KEY < key.txt', 'takes it from a file'],
        ['capstan secret list', 'what is set, and what is missing'],
      ),
    )
    .addCommand(setCommand(act))
    .addCommand(listCommand(act))
    .addCommand(removeCommand(act))
    .addCommand(initCommand(act))
    .addCommand(unlockCommand(act));
}

function setCommand(act: Act): Command {
  return (
    new Command('set')
      .summary('set a secret, asked for or from stdin')
      .description(
        'Sets a secret of a capability. The value is asked for, or read from stdin; never given as an argument,\n' +
          'where every program of the machine could read it. Loaded workers of the capability are started anew\n' +
          'when their calls have ended.',
      )
      .argument('<capability>', 'a capability of capstan.yaml')
      .argument('<name>', 'a secret that it declares')
      // Taken in order to say why it is not taken.
      .argument('[nothing...]', 'not the value: that is asked for, or read from stdin')
      .option('--undeclared', 'also a name that it does not declare (yet)')
      .option('--no-restart', 'loaded workers go on with the old one')
      .addOption(new Option('--value [value]').hideHelp())
      .addHelpText(
        'after',
        examples(
          ['capstan secret set speech API_KEY', 'asks for the value, unseen'],
          ['capstan secret set speech API_KEY < key.txt', ''],
          ['pass show speech | capstan secret set speech API_KEY', 'from another program'],
        ),
      )
      .action(
        act(
          async (
            context: Context,
            capability: string,
            name: string,
            value: string[],
            options: SetOptions,
          ) => (await import('./set.ts')).setSecret(context, capability, name, value, options),
        ),
      )
  );
}

function listCommand(act: Act): Command {
  return new Command('list')
    .summary('list secrets: names, and whether they are set; never values')
    .description(
      'Lists the secrets that capabilities declare, whether each is set, and those that are set though nobody\n' +
        'declares them. Values are never shown.',
    )
    .argument('[capability]', 'only those of this one')
    .addHelpText('after', examples(['capstan secret list', ''], ['capstan secret list speech', '']))
    .action(
      act(async (context: Context, capability: string | undefined) =>
        (await import('./list.ts')).listSecrets(context, capability),
      ),
    );
}

function removeCommand(act: Act): Command {
  return new Command('remove')
    .summary('remove a secret, or all of a capability')
    .description('Removes a secret of a capability, or with --all every one of it.')
    .argument('<capability>', 'whose it is')
    .argument('[name]', 'its name')
    .option('--all', 'all secrets of the capability')
    .option('--no-restart', 'loaded workers go on with it')
    .addHelpText(
      'after',
      examples(
        ['capstan secret remove speech API_KEY', ''],
        ['capstan secret remove speech --all', ''],
      ),
    )
    .action(
      act(
        async (
          context: Context,
          capability: string,
          name: string | undefined,
          options: RemoveOptions,
        ) => (await import('./remove.ts')).removeSecret(context, capability, name, options),
      ),
    );
}

function initCommand(act: Act): Command {
  return new Command('init')
    .summary('choose how secrets are kept, or change it')
    .description(
      'Sets up how the secrets of this workspace are kept: their key in the keychain of the system where there is\n' +
        'one, else under a passphrase. Where secrets are kept already, moves them; `--passphrase` again changes\n' +
        'the passphrase. `--plain` keeps them unencrypted, which is warned of on every use.',
    )
    .addOption(
      new Option('--keychain', 'their key in the keychain').conflicts(['passphrase', 'plain']),
    )
    .addOption(new Option('--passphrase', 'under a passphrase').conflicts(['keychain', 'plain']))
    .addOption(new Option('--plain', 'unencrypted').conflicts(['keychain', 'passphrase']))
    .addHelpText(
      'after',
      examples(
        ['capstan secret init', 'the best there is here'],
        ['capstan secret init --passphrase', 'a passphrase, or another one'],
      ),
    )
    .action(
      act(async (context: Context, options: InitOptions) =>
        (await import('./init.ts')).initSecrets(context, options),
      ),
    );
}

function unlockCommand(act: Act): Command {
  return new Command('unlock')
    .summary('hand the passphrase to the host that is up')
    .description(
      'Asks for the passphrase, or reads it from stdin, and hands it to the host that is up here, over its\n' +
        'control socket. What waited for secrets goes on. It is kept in memory only, until that host ends.',
    )
    .addHelpText(
      'after',
      examples(['capstan secret unlock', ''], ['capstan secret unlock < passphrase.txt', '']),
    )
    .action(act(async (context: Context) => (await import('./unlock.ts')).unlockSecrets(context)));
}
