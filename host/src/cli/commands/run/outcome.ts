import { relative } from 'node:path';
import type { Context } from '../../context.ts';
import { reportDocument } from '../../event-document.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Io } from '../../io.ts';
import type { Json, NodeReport, RunReport, WireError } from '../../runtime.ts';
import { oneLine, plain } from '../../terminal/plain.ts';
import { padEnd, widthOf } from '../../terminal/width.ts';
import type { Plan } from './plan.ts';
import type { RunOptions } from './options.ts';

export function exitCodeOfRun({ state, error }: RunReport): ExitCode {
  if (state === 'completed') return 0;
  if (state === 'cancelled') return 130;
  return error?.code === 'DEADLINE_EXCEEDED' ? 124 : 1;
}

/** The end of a run: data on stdout, what went wrong and what to do next on stderr. */
export function printReport(
  context: Context,
  plan: Pick<Plan, 'kind'>,
  report: RunReport,
  options: Pick<RunOptions, 'watch'>,
): void {
  if (context.json) {
    if (options.watch === true) {
      context.io.stdout.write(`${JSON.stringify(reportDocument(report))}\n`);
    } else context.printJson(report);
    return;
  }
  context.say(...troubles(context, report));
  if (report.state === 'completed') context.print(...results(context.io, plan, report));
  context.say(...nextSteps(context, report));
}

/** A direct call prints its result bare; a composition one output a line, `name  value`. */
export function results(io: Io, plan: Pick<Plan, 'kind'>, report: RunReport): string[] {
  const outputs = Object.entries(report.outputs ?? {});
  if (plan.kind === 'call') return outputs.map(([, value]) => printValue(value, io));
  const width = Math.max(0, ...outputs.map(([name]) => widthOf(name)));
  return outputs.map(([name, value]) => {
    const text = printValue(value, io);
    return text.includes('\n')
      ? `${name}\n${text.replaceAll(/^/gm, '  ')}`
      : `${padEnd(name, width)}  ${text}`;
  });
}

/** Text as it is, a file as its path (for people the short one), anything else as JSON. */
export function printValue(value: Json, { stdout, cwd }: Io): string {
  // A tool's text often ends its last line; printing ends it again.
  if (typeof value === 'string') return plain(value.replace(/\n$/, ''));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const { __wire__: tag, data } = value;
    if (tag === 'capstan.file' && typeof data === 'object' && data !== null && 'path' in data) {
      const path = String(data['path']);
      const short = relative(cwd, path);
      return plain(stdout.isTTY && !short.startsWith('..') ? short : path);
    }
  }
  const short = JSON.stringify(value);
  return plain(short.length <= 100 ? short : JSON.stringify(value, null, 2));
}

function troubles({ talkStyle: style }: Context, report: RunReport): string[] {
  const failed = Object.entries(report.nodes).filter(
    ([, node]) => node.state === 'failed' || node.state === 'needs_decision',
  );
  const lines = failed.flatMap(([id, node]) => [
    '',
    ...trouble(id, node).map((line, i) => (i === 0 ? style.red(line) : line)),
  ]);
  const { error } = report;
  if (failed.length === 0 && report.state === 'failed' && error !== null) {
    lines.push('', style.red(`The run failed: ${plain(error.message)}`), ...advice(error));
  }
  return lines;
}

function trouble(id: string, node: NodeReport): string[] {
  if (node.state === 'needs_decision') {
    return [
      `${id} was cut off, and its action may not be repeated without a decision.`,
      `  try: capstan job ${node.job ?? '<id>'}            what it was doing`,
      `       capstan decide ${node.job ?? '<id>'} rerun   or fail; then \`capstan resume\` goes on`,
    ];
  }
  const { error } = node;
  if (error === null) return [`${id} failed.`];
  return [`${id} failed: ${plain(error.message)}`, ...advice(error)];
}

function advice(error: WireError): string[] {
  return [
    ...(error.exception === undefined
      ? []
      : plain(error.exception)
          .trimEnd()
          .split('\n')
          .slice(-3)
          .map((line) => `  ${line}`)),
    ...(error.hint === undefined ? [] : [`  try: ${oneLine(error.hint)}`]),
    `  code: ${error.code}`,
  ];
}

function nextSteps({ talkStyle: style }: Context, report: RunReport): string[] {
  const steps = [
    ...(report.state === 'failed' || report.state === 'cancelled'
      ? [[`capstan retry ${report.runId}`, 'again, keeping what was completed']]
      : []),
    ...(report.state === 'completed'
      ? []
      : [[`capstan logs --run ${report.runId}`, 'what the tools printed']]),
    [
      `capstan jobs --run ${report.runId}`,
      report.state === 'completed' ? 'the steps, and the files each made' : 'the steps',
    ],
  ];
  const width = Math.max(...steps.map(([command = '']) => command.length));
  return [
    '',
    ...steps.map(([command = '', what]) => style.dim(`  ${command.padEnd(width)}   ${what}`)),
  ];
}
