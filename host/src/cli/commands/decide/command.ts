import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { DecideOptions } from './decide.ts';

export function decideCommand(act: Act): Command {
  return new Command('decide')
    .summary('run a job again, or let it count as failed, after an interruption')
    .description(
      'Answers a job in state needs_decision: its action is unsafe to repeat and was cut off, so nobody knows\n' +
        'whether it had its effect. Look first (`capstan job <id>`), then say `rerun` or `fail`.',
    )
    .argument('<job>', 'a job id; `capstan jobs --state needs_decision` lists them')
    .argument('[decision]', '`rerun`: run it again; `fail`: let it count as failed')
    .option('--actor <name>', 'who decides; recorded in the journal', 'cli')
    .addHelpText(
      'after',
      examples(
        ['capstan jobs --state needs_decision', 'which jobs wait for you'],
        ['capstan decide job_01k3q8w2c7x9f4bn5t rerun', 'it had no effect: again'],
        ['capstan decide job_01k3q8w2c7x9f4bn5t fail', 'it had its effect, or nobody knows'],
      ),
    )
    .action(
      act(
        async (
          context: Context,
          id: string,
          decision: string | undefined,
          options: DecideOptions,
        ) => (await import('./decide.ts')).decide(context, id, decision, options),
      ),
    );
}
