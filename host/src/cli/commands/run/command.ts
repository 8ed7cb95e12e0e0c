import { Command } from 'commander';
import type { Context } from '../../context.ts';
import { collect, examples, milliseconds } from '../../options.ts';
import type { Act } from '../../act.ts';
import type { RunOptions } from './options.ts';

export function runCommand(act: Act): Command {
  return new Command('run')
    .summary('run a composition, or call one action')
    .description(
      'Runs a composition file, or calls one action of a capability, and shows it live. Results are printed\n' +
        'on stdout, the talk on stderr. A run whose host was killed is taken up by the same command again:\n' +
        'finished steps are not repeated. Ctrl-C cancels the run; a second Ctrl-C ends it at once.',
    )
    .argument('<what>', 'a composition file, or capability.action (or capability.task.method)')
    .option(
      '-i, --input <name=value>',
      'an input (repeatable); a file input takes a path; name:=json passes JSON as it is',
      collect,
    )
    .option('--inputs <file>', 'inputs from a JSON file, or - for stdin')
    .option('--watch', 'with --json: every event as a line of NDJSON; in a pipe: progress too')
    .option('--fresh', 'start anew, even when the same run was interrupted before')
    .option('--timeout <duration>', 'cancel the run after so long (30s, 5m, 1h30m)', milliseconds)
    .addHelpText(
      'after',
      examples(
        ['capstan run notes.yaml --input audio=talk.mp3', 'a composition, live'],
        ['capstan run hello.greet --input who=World', 'one action'],
        [
          'capstan run notes.yaml --inputs inputs.json --json',
          'one document, with every file and its hash',
        ],
        ['capstan run notes.yaml --inputs - --watch --json', 'NDJSON events, the report last'],
      ),
    )
    .action(
      act(async (context: Context, what: string, options: RunOptions) =>
        (await import('./run.ts')).run(context, what, options),
      ),
    );
}
