import { Command, Option } from 'commander';
import { HostError } from '../../../errors.ts';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { collect, examples, wholeNumber } from '../../options.ts';
import type { ExportOptions } from './export.ts';
import { withFilters } from './filters.ts';
import type { JournalOptions } from './journal.ts';
import type { QueryOptions } from './query.ts';
import type { ReplayOptions } from './replay.ts';
import type { TailOptions } from './tail.ts';

export function journalCommand(act: Act): Command {
  return new Command('journal')
    .summary('show the account of what was attempted; tail, query, export or verify it')
    .description(
      'Shows the journal: every submission, attempt, interruption and end, as committed. Without --after,\n' +
        'the last rows; with it, the rows that follow that number. The commands below it do more.',
    )
    .option('--after <seq>', 'rows after this sequence number', wholeNumber)
    .option('-n, --limit <count>', 'at most so many rows (default: 50)', wholeNumber)
    .option('--type <event>', 'only events of this type (repeatable)', collect)
    .option('--run <id>', 'only events of this run')
    .option('--job <id>', 'only events of this job')
    .option('-f, --follow', 'go on with new rows until Ctrl-C')
    .addHelpText(
      'after',
      examples(
        ['capstan journal', 'the last 50 rows'],
        ['capstan journal --type job_finished --json', 'how jobs ended'],
        ['capstan journal tail -f', 'what happens now'],
        ['capstan journal query --instance speech --since 2h', 'what one tool did'],
        ['capstan journal verify', 'is it whole and unchanged?'],
      ),
    )
    .action(
      act(async (context: Context, options: JournalOptions) =>
        (await import('./journal.ts')).journal(context, options),
      ),
    )
    .addCommand(tailCommand(act))
    .addCommand(queryCommand(act))
    .addCommand(exportCommand(act))
    .addCommand(verifyCommand(act))
    .addCommand(replayCommand(act));
}

function tailCommand(act: Act): Command {
  return withFilters(new Command('tail'))
    .summary('the last rows, and those to come')
    .description(
      'Shows the last rows and, with --follow, each further one as it is committed: none twice, none\n' +
        'missed. With --after, all rows that follow that number, which is how to go on after a pause.',
    )
    .option('-n, --limit <count>', 'begin with the last so many rows (default: 10)', wholeNumber)
    .option('-f, --follow', 'go on with new rows until Ctrl-C')
    .addHelpText(
      'after',
      examples(
        ['capstan journal tail -f', ''],
        ['capstan journal tail -f --type job_finished --json', 'NDJSON, one end of a job a line'],
        ['capstan journal tail -f --after 120', 'go on behind row 120'],
      ),
    )
    .action(
      act(async (context: Context, options: TailOptions, command: Command) =>
        (await import('./tail.ts')).tail(context, merged(options, command)),
      ),
    );
}

function queryCommand(act: Act): Command {
  return withFilters(new Command('query'))
    .summary('a page of rows, by job, run, node, instance, time …')
    .description(
      'Shows a page of the journal. All filters given have to hold. Where there are more rows, the last\n' +
        'line says how to get them; with --json that is `cursor`, and null at the end.',
    )
    .option('--cursor <seq>', 'go on where an earlier page ended', wholeNumber)
    .addOption(
      new Option('--order <order>', 'oldest first, or newest first')
        .choices(['asc', 'desc'])
        .default('asc'),
    )
    .option('-n, --limit <count>', 'at most so many rows (default: 100)', wholeNumber)
    .addHelpText(
      'after',
      examples(
        ['capstan journal query --run run_01k3q8w2c7x9f4bn5t', 'all that happened in a run'],
        ['capstan journal query --type job_finished --since 2h --order desc', 'what just ended'],
        ['capstan journal query --instance speech --actor ci --json', ''],
      ),
    )
    .action(
      act(async (context: Context, options: QueryOptions, command: Command) =>
        (await import('./query.ts')).query(context, merged(options, command)),
      ),
    );
}

function exportCommand(act: Act): Command {
  return withFilters(new Command('export'))
    .summary('write rows to a file, or on stdout')
    .description(
      'Writes all rows that fit the filters, up to those there are now, with their hashes. Memory stays small\n' +
        'however long the journal is. A file appears whole, at the end, or not at all.',
    )
    .addOption(
      new Option('--format <format>', 'a line a row, one array, or a table')
        .choices(['ndjson', 'json', 'csv'])
        .default('ndjson'),
    )
    .option('-o, --output <file>', 'write here instead of stdout')
    .option('--force', 'write over an existing file')
    .addHelpText(
      'after',
      examples(
        ['capstan journal export -o journal.ndjson', 'everything'],
        ['capstan journal export --format csv --since 7d -o week.csv', 'for a spreadsheet'],
        ['capstan journal export --type job_finished | jq .payload.state', ''],
      ),
    )
    .action(
      act(async (context: Context, options: ExportOptions, command: Command) =>
        (await import('./export.ts')).exportJournal(context, merged(options, command)),
      ),
    );
}

function verifyCommand(act: Act): Command {
  return new Command('verify')
    .summary('check that the journal is whole and unchanged')
    .description(
      'Reads the whole journal: no gap in its numbers, every row carrying the hash of the one before. Exits\n' +
        'with 1, and names the first row that does not fit, if anything was changed.',
    )
    .addHelpText(
      'after',
      examples(['capstan journal verify', ''], ['capstan journal verify --json', 'for a script']),
    )
    .action(
      act(async (context: Context, options: object, command: Command) => {
        refuseOptions(merged(options, command), 'verify');
        return (await import('./verify.ts')).verify(context);
      }),
    );
}

function replayCommand(act: Act): Command {
  return new Command('replay')
    .summary('play the journal again: compare with the tables, or make a new database of it')
    .description(
      'The tables of jobs and runs follow from the journal. --check plays it into empty ones and compares: part\n' +
        'of what verify does, alone. --into writes what the replay gives as a database of its own, for when\n' +
        'the tables are damaged and the journal is sound; it ends before the first row that is not.',
    )
    .option('--check', 'compare, and end with 1 where they differ')
    .option('--into <file>', 'make a new database; a file that is there is never written over')
    .addHelpText(
      'after',
      examples(
        ['capstan journal replay --check', 'do the tables say what the journal says?'],
        ['capstan journal replay --into restored.db', ''],
      ),
    )
    .action(
      act(async (context: Context, options: ReplayOptions, command: Command) => {
        refuseOptions(command.parent?.opts() ?? {}, 'replay');
        return (await import('./replay.ts')).replay(context, options);
      }),
    );
}

/**
 * `capstan journal` has some of the options of the commands below it, and takes them wherever they stand;
 * so they are looked for in both.
 */
const merged = <Options extends object>(options: Options, command: Command): Options => ({
  ...command.parent?.opts(),
  ...options,
});

/** Better refused than silently without effect. */
function refuseOptions(options: object, name: string): void {
  const [first] = Object.keys(options);
  if (first === undefined) return;
  throw new HostError('USAGE', `journal ${name} has no option --${first}.`, {
    hint: `It always reads the whole journal. See \`capstan journal ${name} --help\`.`,
  });
}
