import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { collect, examples, wholeNumber } from '../../options.ts';
import type { ScopeOptions } from './scope.ts';

export function scopeCommand(act: Act): Command {
  return new Command('scope')
    .summary('do these changed files lie inside a lease, a lane or a region?')
    .description(
      'Says whether changed files lie where they may: in scope (exit 0), or not (exit 4), because some lie outside\n' +
        '(scope creep) or all of them (wrong target). Changes nothing, and asks nobody who changed them.',
    )
    .argument('[files...]', 'files, from the folder you are in')
    .option('--lease <id>', 'inside of what this lease holds')
    .option('--lane <name>', 'inside of the paths that this lane is declared with')
    .option('--region <glob>', 'inside of this pattern (repeatable)', collect)
    .option('--stdin', 'files from stdin, each ended by NUL or by a line end')
    .option(
      '--git [base]',
      'the files that differ from the last commit, or from where BASE parted; new ones too',
    )
    .option('--tolerate <count>', 'so many files may lie outside', wholeNumber)
    .option(
      '--shared <glob>',
      'files that everybody changes are neither inside nor outside (repeatable)',
      collect,
    )
    .addHelpText(
      'after',
      `${examples(
        [
          "capstan scope --region 'src/api/**' --git",
          'is what I changed so far where it should be?',
        ],
        ['capstan scope --lease lse_01k3q8w2c7x9f4bn5t --git=main', 'all of my branch'],
        ['git diff --name-only -z HEAD~1 | capstan scope --lane backend --stdin', ''],
        ["capstan scope --lane backend src/a.ts --shared '**/*.lock'", ''],
      )}\n\nMore: docs/liveness.md`,
    )
    .action(
      act(async (context: Context, files: string[], options: ScopeOptions) =>
        (await import('./scope.ts')).scope(context, files, options),
      ),
    );
}
