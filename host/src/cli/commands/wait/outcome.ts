import { type Context, tableColumns } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { callOf, paintOf, summaryOf } from '../../job-summary.ts';
import type { JobRow, RunReport, WireError } from '../../runtime.ts';
import { oneLine, plain } from '../../terminal/plain.ts';
import { table } from '../../terminal/table.ts';
import { exitCodeOfRun, printValue, results } from '../run/outcome.ts';

/** How something ended that was waited for. */
export type Outcome = { kind: 'job'; job: JobRow } | { kind: 'run'; report: RunReport };

const idOf = (one: Outcome): string => (one.kind === 'job' ? one.job.jobId : one.report.runId);

/** The worst of all: a failure outweighs a deadline, and that a cancel. */
export function exitCodeOf(outcomes: readonly Outcome[]): ExitCode {
  const codes = outcomes.map((one) =>
    one.kind === 'job' ? exitCodeOfJob(one.job) : exitCodeOfRun(one.report),
  );
  return ([1, 124, 130] as const).find((code) => codes.includes(code)) ?? 0;
}

export function exitCodeOfJob({ state, error }: JobRow): ExitCode {
  if (state === 'completed') return 0;
  if (state === 'cancelled') return 130;
  return state === 'failed' && error?.code === 'DEADLINE_EXCEEDED' ? 124 : 1;
}

/** One is printed bare, several as a table; what went wrong on stderr, with what to type. */
export function tellOutcomes(context: Context, outcomes: readonly Outcome[]): void {
  if (context.json) {
    context.printJson({
      jobs: outcomes.flatMap((one) =>
        one.kind === 'job' ? [{ ...summaryOf(one.job), result: one.job.result }] : [],
      ),
      runs: outcomes.flatMap((one) => (one.kind === 'run' ? [one.report] : [])),
    });
    return;
  }
  const [first] = outcomes;
  if (first !== undefined && outcomes.length === 1) context.print(...bare(context, first));
  else {
    const { io, style } = context;
    const rows = outcomes.map((one) => [
      idOf(one),
      { text: stateOf(one), paint: paintOf(stateOf(one), style) },
      oneLine(one.kind === 'job' ? callOf(one.job) : one.report.name),
      inShort(context, one),
    ]);
    const header = ['ID', 'STATE', 'WHAT', 'RESULT'];
    context.print(...table(header, rows, { columns: tableColumns(io), style }));
  }
  context.say(...outcomes.flatMap((one) => trouble(context, one)));
}

function bare({ io }: Context, one: Outcome): string[] {
  if (one.kind === 'job') {
    return one.job.state === 'completed' ? [printValue(one.job.result, io)] : [];
  }
  if (one.report.state !== 'completed') return [];
  return results(io, { kind: 'composition' }, one.report);
}

const stateOf = (one: Outcome): JobRow['state'] =>
  one.kind === 'job' ? one.job.state : parked(one.report) ? 'needs_decision' : one.report.state;

const parked = ({ nodes }: RunReport): boolean =>
  Object.values(nodes).some(({ state }) => state === 'needs_decision');

function inShort({ io }: Context, one: Outcome): string {
  if (stateOf(one) === 'completed') {
    const value = one.kind === 'job' ? one.job.result : one.report.outputs;
    return oneLine(printValue(value, io));
  }
  const error = one.kind === 'job' ? one.job.error : one.report.error;
  return error === null ? '' : oneLine(error.message);
}

function trouble({ talkStyle: style }: Context, one: Outcome): string[] {
  const id = idOf(one);
  const state = stateOf(one);
  if (state === 'completed') return [];
  if (state === 'needs_decision') return ['', ...decisionNeeded(one)];
  if (state === 'cancelled') return ['', `${id} was cancelled.`];
  const error = one.kind === 'job' ? one.job.error : one.report.error;
  const next = one.kind === 'job' ? `capstan job ${id}` : `capstan retry ${id}`;
  return [
    '',
    style.red(`${id} failed${error === null ? '.' : `: ${plain(error.message)}`}`),
    ...(error === null ? [] : adviceOf(error)),
    style.dim(`  ${next}`),
  ];
}

export const adviceOf = ({ hint, code }: WireError): string[] => [
  ...(hint === undefined ? [] : [`  try: ${oneLine(hint)}`]),
  `  code: ${code}`,
];

/** The jobs of which a person has to say something, each with the two commands that say it. */
function decisionNeeded(one: Outcome): string[] {
  const jobs =
    one.kind === 'job'
      ? [{ id: one.job.jobId, what: callOf(one.job) }]
      : Object.entries(one.report.nodes).flatMap(([node, { state, job }]) =>
          state === 'needs_decision' && job !== null ? [{ id: job, what: node }] : [],
        );
  return jobs.flatMap(({ id, what }) => decisionLines(id, what));
}

/** What a person has to know, and to type, about a job that was cut off and may not be repeated. */
export const decisionLines = (id: string, what: string): string[] => [
  `${id} (${oneLine(what)}) was cut off, and nobody knows whether it had its effect.`,
  `  try: capstan job ${id}            what it was doing`,
  `       capstan decide ${id} rerun   run it again`,
  `       capstan decide ${id} fail    let it count as failed`,
];
