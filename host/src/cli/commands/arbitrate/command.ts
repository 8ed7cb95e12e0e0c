import { Command } from 'commander';
import type { Act } from '../../act.ts';
import { addClaimOptions, addHolderOptions } from '../../claims-options.ts';
import type { Context } from '../../context.ts';
import { examples, wholeNumber } from '../../options.ts';
import type { ArbitrateOptions } from './arbitrate.ts';

export function arbitrateCommand(act: Act): Command {
  const command = new Command('arbitrate')
    .summary('would a lease be granted now? asks only')
    .description(
      'Decides as `capstan lease acquire` would, and changes nothing: says what would be granted, or who is in the way,\n' +
        'since when, what for and until when. Ends with the verdict: 0 granted, 5 held, 75 busy, 4 never as asked, 2 makes\n' +
        'no sense. Asks the ledgers, or decides against leases from a file, such as one that `capstan lease list --json`\n' +
        'wrote: the same question has the same answer then, whenever it is asked.',
    );
  const typed = addClaimOptions(command);
  addHolderOptions(command);
  return command
    .option('--machine', 'the names are those of the whole machine, not of the workspace')
    .option('--force', 'as if what others hold were put aside')
    .option(
      '--leases <file>',
      'a JSON list of leases, or what `lease list --json` wrote; - for stdin',
    )
    .option('--at <ms>', 'with --leases: the moment, by the clock of the file', wholeNumber)
    .addHelpText(
      'after',
      examples(
        ["capstan arbitrate --region 'src/**' --holder anna", ''],
        ['capstan arbitrate --lane release --lane staging --any', 'which of them is free?'],
        ['capstan arbitrate --resource gpu/vram=8GiB --json', ''],
        [
          "capstan lease list --json | capstan arbitrate --leases - --region 'docs/**'",
          'against a list',
        ],
      ),
    )
    .action(
      act(async (context: Context, options: ArbitrateOptions) =>
        (await import('./arbitrate.ts')).arbitrate(context, typed, options),
      ),
    );
}
