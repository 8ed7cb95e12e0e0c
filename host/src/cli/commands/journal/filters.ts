import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { collect, type Moment, moment, wholeNumber } from '../../options.ts';
import type { JournalFilter } from '../../runtime.ts';
import { shellWord } from '../../terminal/shell.ts';

/** What the rows are narrowed down by; all of it has to hold. */
export interface FilterOptions {
  job?: string;
  run?: string;
  composition?: string;
  node?: string;
  capability?: string;
  instance?: string;
  session?: string;
  type?: string[];
  actor?: string;
  since?: Moment;
  until?: Moment;
  after?: number;
  before?: number;
}

export const withFilters = (command: Command): Command =>
  command
    .option('--job <id>', 'only events of this job')
    .option('--run <id>', 'only events of this run, or of jobs submitted with this label')
    .option('--composition <name>', 'only events of runs of this composition')
    .option('--node <id>', 'only events of this node')
    .option('--capability <name>', 'only events of this capability, on whatever instance')
    .option(
      '--instance <name>',
      'only events of this instance; the default one is named as its capability',
    )
    .option('--session <id>', 'only events of this worker session')
    .option('--type <event>', 'only events of this type (repeatable)', collect)
    .option('--actor <name>', 'only what this actor did')
    .option('--since <when>', 'rows from then on: 2h, 7d, or an ISO time', moment)
    .option('--until <when>', 'rows up to then', moment)
    .option('--after <seq>', 'rows after this number', wholeNumber)
    .option('--before <seq>', 'rows before this number', wholeNumber);

export function filterOf(options: FilterOptions, { io }: Pick<Context, 'io'>): JournalFilter {
  const { job, run, composition, node, capability, instance, session, type, actor } = options;
  const { since, until } = options;
  const nowMs = io.nowMs();
  return {
    ...(job === undefined ? {} : { jobId: job }),
    ...(run === undefined ? {} : { runId: run }),
    ...(composition === undefined ? {} : { composition }),
    ...(node === undefined ? {} : { nodeId: node }),
    ...(capability === undefined ? {} : { capability }),
    ...(instance === undefined ? {} : { instance }),
    ...(session === undefined ? {} : { session }),
    ...(type === undefined ? {} : { eventType: type }),
    ...(actor === undefined ? {} : { actor }),
    ...(since === undefined ? {} : { since: since(nowMs) }),
    ...(until === undefined ? {} : { until: until(nowMs) }),
    ...(options.after === undefined ? {} : { afterSeq: options.after }),
    ...(options.before === undefined ? {} : { beforeSeq: options.before }),
  };
}

/** The same filters as words of a command line, for the hint that says how to read on. */
export function filterWords(filter: JournalFilter): string[] {
  const words: [flag: string, value: string | number | undefined][] = [
    ['--job', filter.jobId],
    ['--run', filter.runId],
    ['--composition', filter.composition],
    ['--node', filter.nodeId],
    ['--capability', filter.capability],
    ['--instance', filter.instance],
    ['--session', filter.session],
    ...[filter.eventType ?? []].flat().map((type): [string, string] => ['--type', type]),
    ['--actor', filter.actor],
    ['--since', filter.since],
    ['--until', filter.until],
  ];
  return words.flatMap(([flag, value]) =>
    value === undefined ? [] : [flag, shellWord(String(value))],
  );
}
