import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import { definitionOption } from '../retry/command.ts';
import type { ResumeOptions } from './resume.ts';

export function resumeCommand(act: Act): Command {
  return new Command('resume')
    .summary('go on with what is unfinished')
    .description(
      'Without a run: is the host until everything unfinished is over, and shows it; Ctrl-C stops the host, and\n' +
        'cancels nothing. With a run: goes on with that one and shows it like `capstan run`; when its file has\n' +
        'changed since, it asks which definition is meant. Finished steps are not repeated.',
    )
    .argument('[run]', 'the id of an unfinished run')
    .addOption(
      definitionOption(
        'when the file has changed: go on as recorded, or as a new run by the file as it is',
      ),
    )
    .option('--watch', 'with --json: every event as a line of NDJSON; in a pipe: progress too')
    .addHelpText(
      'after',
      examples(
        ['capstan resume', 'after a crash, a power cut, or a submit without a host'],
        ['capstan resume run_01k3q8w2c7x9f4bn5t', 'one run'],
        ['capstan resume run_01k3q8w2c7x9f4bn5t --with-definition original', 'as it was recorded'],
      ),
    )
    .action(
      act(async (context: Context, id: string | undefined, options: ResumeOptions) =>
        (await import('./resume.ts')).resume(context, id, options),
      ),
    );
}
