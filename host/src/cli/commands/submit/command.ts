import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { collect, examples, milliseconds, pause, priority, retries } from '../../options.ts';
import type { SubmitOptions } from './options.ts';

export function submitCommand(act: Act): Command {
  return new Command('submit')
    .summary('accept a call to be run, now or later, and return at once')
    .description(
      'Writes a job down and prints its id. When this returns the job is on disk, and no crash loses it. A\n' +
        'host that is up runs it at once; otherwise the next one does. With --jobs, many: all of them or none.',
    )
    .argument('[call]', 'capability.action, or capability.task.method')
    .option(
      '-i, --input <name=value>',
      'an argument (repeatable); a file takes a path; name:=json passes JSON as it is',
      collect,
    )
    .option('--inputs <file>', 'arguments from a JSON file, or - for stdin')
    .option('--jobs <file>', 'requests, one JSON object a line, from a file, or - for stdin')
    .option('--priority <number>', 'higher goes first, 0 to 1000000', priority)
    .option('--key <text>', 'the same key with the same call is the same job, however often')
    .option('--deadline <duration>', 'the whole job has to be over within this', milliseconds)
    .option('--timeout <duration>', 'an attempt that takes longer is ended', milliseconds)
    .option('--delay <duration>', 'begin only after this', pause)
    .option('--retries <count>', 'try again so often what may pass', retries)
    .option(
      '--backoff <duration>',
      'pause before the first retry; doubles (default: 1s)',
      milliseconds,
    )
    .option('--max-backoff <duration>', 'the longest pause (default: 1m)', milliseconds)
    .option('--actor <name>', 'who asks; recorded in the journal')
    .option('--run-id <label>', 'a word to group jobs by: `capstan jobs --run <label>`')
    .option('--control <json>', 'flags for the tool, passed on as they are')
    .option('--wait', 'wait for the end, print the result, end with its exit code')
    .addHelpText(
      'after',
      examples(
        ['capstan submit speech.transcribe -i audio=talk.flac', 'prints the id of the job'],
        [
          'capstan submit mail.send -i to=a@b.org --key order-17 --retries 3',
          'sent once, tried four times',
        ],
        ['capstan submit speech.transcribe -i audio=talk.flac --wait', 'prints the result'],
        ['capstan submit --jobs jobs.ndjson --actor nightly', 'many, all or none'],
        [
          `echo '{"call":"hello.greet","input":{"who":"World"}}' | capstan submit --jobs -`,
          'what a line looks like',
        ],
      ),
    )
    .action(
      act(async (context: Context, call: string | undefined, options: SubmitOptions) =>
        (await import('./submit.ts')).submit(context, call, options),
      ),
    );
}
