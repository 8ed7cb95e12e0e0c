import { type Context, tableColumns } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { isHostRunning } from '../../host-client/index.ts';
import { inspect, requireKnown } from '../../inspect.ts';
import { type ListedJob, callOf, paintOf, summaryOf } from '../../job-summary.ts';
import type { Moment } from '../../options.ts';
import type { JobFilter, JobRow } from '../../runtime.ts';
import { age, duration, took } from '../../terminal/quantities.ts';
import { oneLine } from '../../terminal/plain.ts';
import { shellWord } from '../../terminal/shell.ts';
import { table } from '../../terminal/table.ts';
import { requireWorkspace } from '../../workspace.ts';

export interface JobsOptions {
  state?: JobRow['state'][];
  run?: string;
  capability?: string;
  instance?: string;
  actor?: string;
  since?: Moment;
  before?: number;
  limit?: number;
}

export async function jobs(context: Context, options: JobsOptions): Promise<ExitCode> {
  const { io } = context;
  const since = options.since?.(io.nowMs());
  const page = await inspect(context, (view) => {
    requireKnown(view, options);
    const { jobs: found, next } = view.history({
      ...filterOf(options),
      limit: options.limit ?? 20,
    });
    const recent = found.filter(({ submittedAt }) => since === undefined || submittedAt >= since);
    return { jobs: recent, next: recent.length < found.length ? null : next };
  });
  const isOrphaned =
    page.jobs.some(({ state }) => state === 'running') &&
    !(await isHostRunning(requireWorkspace(context)));
  if (context.json) {
    const listed = page.jobs.map((job) => ({
      ...summaryOf(job),
      interrupted: isOrphaned && job.state === 'running',
    }));
    context.printJson({ jobs: listed, cursor: page.next });
  } else if (page.jobs.length === 0) {
    const { limit: _, ...narrowing } = options;
    context.say(
      Object.keys(narrowing).length === 0
        ? 'There are no jobs yet. `capstan run` and `capstan submit` make some.'
        : 'No such jobs. `capstan stats` says which there are.',
    );
  } else {
    context.print(...list(context, page.jobs, isOrphaned), ...waits(context, page.jobs));
    if (isOrphaned)
      context.say(
        '',
        'No host is up: what was interrupted goes on with the next, `capstan resume`.',
      );
    if (page.next !== null) {
      const words = [...wordsOf(options, since), '--before', String(page.next)];
      context.say('', context.talkStyle.dim(`More: capstan jobs ${words.join(' ')}`));
    }
  }
  return 0;
}

const filterOf = ({ state, run, capability, instance, actor, before }: JobsOptions): JobFilter => ({
  ...(state === undefined ? {} : { state }),
  ...(run === undefined ? {} : { runId: run }),
  ...(capability === undefined ? {} : { capability }),
  ...(instance === undefined ? {} : { instance }),
  ...(actor === undefined ? {} : { actor }),
  ...(before === undefined ? {} : { before }),
});

function wordsOf(
  { state = [], run, capability, instance, actor, limit }: JobsOptions,
  since: string | undefined,
): string[] {
  const words: [flag: string, value: string | number | undefined][] = [
    ...state.map((one): [string, string] => ['--state', one]),
    ['--run', run],
    ['--capability', capability],
    ['--instance', instance],
    ['--actor', actor],
    ['--since', since],
    ['--limit', limit],
  ];
  return words.flatMap(([flag, value]) =>
    value === undefined ? [] : [flag, shellWord(String(value))],
  );
}

function list({ io, style }: Context, found: readonly ListedJob[], isOrphaned: boolean): string[] {
  const nowMs = io.nowMs();
  const rows = found.map((job) => {
    const isInterrupted = isOrphaned && job.state === 'running';
    return [
      job.jobId,
      isInterrupted
        ? { text: 'interrupted', paint: style.yellow }
        : { text: job.state, paint: paintOf(job.state, style) },
      callOf(job),
      age(job.submittedAt, nowMs),
      isInterrupted ? '-' : lasted(job, nowMs),
      job.runId === null ? '-' : oneLine(`${job.runId} ${job.nodeId ?? ''}`),
    ];
  });
  const header = ['JOB', 'STATE', 'CALL', 'SUBMITTED', 'TOOK', 'RUN'];
  return table(header, rows, { columns: tableColumns(io), style });
}

const waitsMost = 5;

/** Why pending ones do not run, below the list: a sentence each has no room in a column. */
function waits({ style }: Context, found: readonly ListedJob[]): string[] {
  const waiting = found.flatMap(({ jobId, state, waitReason }) =>
    state === 'pending' && waitReason !== null ? [{ jobId, why: oneLine(waitReason) }] : [],
  );
  if (waiting.length === 0) return [];
  const rest = waiting.length - waitsMost;
  return [
    '',
    ...waiting.slice(0, waitsMost).map(({ jobId, why }) => `${jobId}  ${style.dim(why)}`),
    ...(rest > 0
      ? [style.dim(`${rest} more wait; \`capstan job ID\` says what each of them waits for.`)]
      : []),
  ];
}

function lasted({ startedAt, finishedAt, state }: ListedJob, nowMs: number): string {
  if (startedAt === null || (finishedAt === null && state !== 'running')) return '-';
  const begun = Date.parse(startedAt);
  return finishedAt === null ? duration(nowMs - begun) : took(Date.parse(finishedAt) - begun);
}
