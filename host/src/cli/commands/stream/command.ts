import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { collect, examples, milliseconds, pause, priority } from '../../options.ts';
import type { StreamOptions } from './stream.ts';

export function streamCommand(act: Act): Command {
  return new Command('stream')
    .summary('call an action and print its results one by one, as it makes them')
    .description(
      'Prints each result as soon as the tool has made it, a line each: text as it is, anything else as JSON.\n' +
        'The tool is held up while nobody takes what it made, and stopped when nobody reads any more: at\n' +
        'Ctrl-C, or when the pipe is closed. With --json each line is a frame: job, chunk, progress, and at\n' +
        'the end one result or error.',
    )
    .argument('<call>', 'capability.action, or capability.task.method')
    .option(
      '-i, --input <name=value>',
      'an argument (repeatable); a file takes a path; name:=json passes JSON as it is',
      collect,
    )
    .option('--inputs <file>', 'arguments from a JSON file, or - for stdin')
    .option('--priority <number>', 'higher goes first, 0 to 1000000', priority)
    .option('--deadline <duration>', 'all of it has to be over within this', milliseconds)
    .option('--timeout <duration>', 'the call, once begun, is ended after this', milliseconds)
    .option('--delay <duration>', 'begin only after this', pause)
    .option('--actor <name>', 'who asks; recorded in the journal')
    .option('--run-id <label>', 'a word to group jobs by: `capstan jobs --run <label>`')
    .option('--control <json>', 'flags for the tool, passed on as they are')
    .addHelpText(
      'after',
      examples(
        ['capstan stream writer.write -i prompt="A poem"', 'text, as it is written'],
        ['capstan stream speech.listen -i audio=talk.flac | head -3', 'stops the tool after three'],
        [
          'capstan stream vad.voice-activity.detect -i audio=talk.flac --json',
          'frames, for a script',
        ],
      ),
    )
    .action(
      act(async (context: Context, call: string, options: StreamOptions) =>
        (await import('./stream.ts')).stream(context, call, options),
      ),
    );
}
