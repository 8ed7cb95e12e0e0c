import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { collect, count, examples } from '../../options.ts';
import type { LoadOptions } from './load.ts';

export function loadCommand(act: Act): Command {
  return new Command('load')
    .summary('start an instance of a capability, and have it ready')
    .description(
      'Starts instances and hands them their configuration, before a call needs them. Under a name of its own an\n' +
        'instance stands beside the others of its capability, with settings and a worker of its own, and is known\n' +
        'until `capstan unload --forget`. One that is up already is changed: its settings while it lives.\n' +
        'Where no host is up, this only checks that it starts, and records what was set.',
    )
    .argument('<names...>', 'capabilities, or instances of them')
    .option('--as <id>', 'the name of the instance')
    .option('--new', 'another instance, with a generated name; gone with its host')
    .option('--set <setting=value>', 'a setting, kept over what is declared (repeatable)', collect)
    .option('--config <file>', 'the whole configuration, from a YAML or JSON file, or - for stdin')
    .option('--env <name=value>', 'a declared variable of its worker (repeatable)', collect)
    .option('--adapter <spec>', 'bind just this one, as module:Class (repeatable)', collect)
    .option('--slots <n>', 'calls it takes at once', count)
    .option('--lenient', 'settings it does not know are dropped with a warning')
    .option('--concurrency <n>', 'of several, so many at once', count)
    .option('--fail-fast', 'of several, begin no more after the first failure')
    .option('--actor <name>', 'who does so; recorded in the journal', 'cli')
    .addHelpText(
      'after',
      examples(
        ['capstan load speech', ''],
        ['capstan load speech --as speech-large --set model=large', 'another one beside it'],
        ['capstan load speech ocr llm --concurrency 2', 'several'],
        ['capstan run speech-large.transcribe -i audio=a.wav', 'called by its name'],
      ),
    )
    .action(
      act(async (context: Context, names: string[], options: LoadOptions) =>
        (await import('./load.ts')).load(context, names, options),
      ),
    );
}
