import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { collect, examples } from '../../options.ts';
import type { SetOptions } from './set.ts';

export function configCommand(act: Act): Command {
  return new Command('config')
    .helpCommand(false)
    .summary('show and change the settings of an instance')
    .description(
      'Shows what an instance is configured with and where each value comes from, and changes it. What is set\n' +
        'here is kept, over what capstan.yaml says. Where a host is up, a loaded instance gets it at once.',
    )
    .addHelpText(
      'after',
      examples(
        ['capstan config get speech', 'every setting, its value and its source'],
        ['capstan config set speech model=large threads=8', 'checked, all of it or nothing'],
        ['capstan config schema speech', 'what there is to set'],
        ['capstan config options speech', 'what is possible on this machine now'],
      ),
    )
    .addCommand(getCommand(act))
    .addCommand(setCommand(act))
    .addCommand(unsetCommand(act))
    .addCommand(schemaCommand(act))
    .addCommand(optionsCommand(act));
}

const instance = 'a capability, or an instance of one';

function getCommand(act: Act): Command {
  return new Command('get')
    .summary('show the settings of an instance, or the value of one')
    .description(
      'Shows every setting with its value and where that comes from: default, capstan.yaml, or set. With a\n' +
        'name, only its value, as a script wants it. Starts nothing.',
    )
    .argument('<name>', instance)
    .argument('[setting]', 'just this one; `decoder.beams` for a member of an object')
    .addHelpText(
      'after',
      examples(
        ['capstan config get speech', ''],
        ['capstan config get speech model', 'prints the value alone'],
        ['capstan config get speech --json', 'with sources and the hash'],
      ),
    )
    .action(
      act(async (context: Context, name: string, setting: string | undefined) =>
        (await import('./get.ts')).get(context, name, setting),
      ),
    );
}

function setCommand(act: Act): Command {
  return new Command('set')
    .summary('change settings of an instance')
    .description(
      'Changes settings and keeps them. All of it is checked first; if anything is wrong, nothing changes. Where\n' +
        'a host is up, a loaded instance is reconfigured at once; if the tool refuses, everything stays as it was.',
    )
    .argument('<name>', instance)
    .argument(
      '[settings...]',
      'setting=value, read as its declared type; setting:=json; decoder.beams=9 inside an object; lists as a,b',
    )
    .option('--file <file>', 'settings from a YAML or JSON file, or - for stdin')
    .option(
      '--replace',
      'these are the whole configuration: everything else is back to its default',
    )
    .option(
      '--unset <setting>',
      'back to what capstan.yaml or the default says (repeatable)',
      collect,
    )
    .option('--lenient', 'settings it does not know are dropped with a warning')
    .option('--actor <name>', 'who does so; recorded in the journal', 'cli')
    .addHelpText(
      'after',
      examples(
        ['capstan config set speech model=large threads=8', ''],
        ['capstan config set speech words=yes,no language:=null', 'a list, and JSON'],
        ['capstan config set speech --unset model', 'what capstan.yaml says counts again'],
        ['capstan config set speech --replace --file settings.yaml', 'just these, on the defaults'],
      ),
    )
    .action(
      act(async (context: Context, name: string, settings: string[], options: SetOptions) =>
        (await import('./set.ts')).set(context, name, settings, options),
      ),
    );
}

function unsetCommand(act: Act): Command {
  return new Command('unset')
    .summary('take back what was set')
    .description(
      'Takes back settings, so that what capstan.yaml or the default says counts again. With --all, everything\n' +
        'that was set, also a whole configuration.',
    )
    .argument('<name>', instance)
    .argument('[settings...]', 'the settings to take back')
    .option('--all', 'everything that was set')
    .option('--actor <name>', 'who does so; recorded in the journal', 'cli')
    .addHelpText(
      'after',
      examples(
        ['capstan config unset speech model', ''],
        ['capstan config unset speech --all', 'as declared in capstan.yaml'],
      ),
    )
    .action(
      act(
        async (
          context: Context,
          name: string,
          settings: string[],
          options: { all?: boolean; actor: string },
        ) => (await import('./set.ts')).takeBack(context, name, settings, options),
      ),
    );
}

function schemaCommand(act: Act): Command {
  return new Command('schema')
    .summary('show what there is to set')
    .description(
      'Shows the settings that a capability declares: types, what is allowed, defaults, what changing one\n' +
        'reloads. With --json, its JSON Schema. Starts nothing.',
    )
    .argument('<name>', instance)
    .addHelpText(
      'after',
      examples(['capstan config schema speech', ''], ['capstan config schema speech --json', '']),
    )
    .action(
      act(async (context: Context, name: string) =>
        (await import('./schema.ts')).schema(context, name),
      ),
    );
}

function optionsCommand(act: Act): Command {
  return new Command('options')
    .summary('show what is possible for each setting on this machine now')
    .description(
      'Asks the tool itself, starting it if need be, what its settings may be right now, such as which devices\n' +
        'there are. With --json also the schema with those choices laid over it.',
    )
    .argument('<name>', instance)
    .addHelpText(
      'after',
      examples(['capstan config options speech', ''], ['capstan config options speech --json', '']),
    )
    .action(
      act(async (context: Context, name: string) =>
        (await import('./config-options.ts')).configOptions(context, name),
      ),
    );
}
