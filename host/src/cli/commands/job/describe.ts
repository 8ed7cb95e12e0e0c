import type { Context } from '../../context.ts';
import { callOf, paintOf } from '../../job-summary.ts';
import type { JobReport, JobRow, Json } from '../../runtime.ts';
import { oneLine, plain } from '../../terminal/plain.ts';
import { age, bytesText, duration, size, took } from '../../terminal/quantities.ts';
import { decisionLines } from '../wait/outcome.ts';

/** A job as a page of text: facts, input, attempts, result or error, files. */
export function describe(
  context: Context,
  { job: row, attempts, artifacts }: JobReport,
  hasHost: boolean,
): string[] {
  const { style } = context;
  const lines = factsOf(context, row, hasHost).map(
    ([name, value]) => `${style.dim(name.padEnd(10))} ${value}`,
  );
  lines.push('', style.bold('input'), ...json(row.input));
  if (row.control !== null) lines.push('', style.bold('control'), ...json(row.control));
  if (attempts.length > 0) {
    lines.push('', style.bold('attempts'));
    for (const attempt of attempts) lines.push(...attemptLines(attempt, row, hasHost));
  }
  if (row.state === 'completed') lines.push('', style.bold('result'), ...json(row.result));
  if (row.error !== null) {
    lines.push(
      '',
      style.bold('error'),
      `  ${style.red(plain(row.error.message))}`,
      `  code: ${row.error.code}`,
    );
    if (row.error.hint !== undefined) lines.push(`  try: ${oneLine(row.error.hint)}`);
    if (row.error.traceback !== undefined) lines.push(...indent(row.error.traceback));
  }
  if (artifacts.length > 0) {
    lines.push('', style.bold('files'));
    for (const file of artifacts)
      lines.push(
        `  ${plain(file.path)}`,
        style.dim(`    ${size(file.size)}  sha256 ${file.sha256}`),
      );
  }
  return lines;
}

function factsOf({ io, style }: Context, row: JobRow, hasHost: boolean): [string, string][] {
  const nowMs = io.nowMs();
  const isInterrupted = row.state === 'running' && !hasHost;
  const facts: [string, string][] = [
    ['job', row.jobId],
    [
      'state',
      isInterrupted
        ? style.yellow('interrupted; goes on with the next host')
        : paintOf(row.state, style)(row.state),
    ],
    ['call', callOf(row)],
    ['effects', row.effects],
  ];
  if (row.instance !== null) facts.push(['instance', `${row.instance} of ${row.capability}`]);
  if (row.stream) facts.push(['stream', 'its results went to its reader and are not kept']);
  if (row.runId !== null) {
    const node = row.nodeId === null ? '' : `, node ${row.nodeId}`;
    facts.push([row.nodeId === null ? 'label' : 'run', oneLine(`${row.runId}${node}`)]);
  }
  if (row.actor !== null) facts.push(['actor', oneLine(row.actor)]);
  if (row.idempotencyKey !== null) facts.push(['key', oneLine(row.idempotencyKey)]);
  facts.push(['submitted', `${row.submittedAt} (${age(row.submittedAt, nowMs)})`]);
  const isOpen = row.state === 'pending' || row.state === 'running';
  if (row.priority !== 0) facts.push(['priority', String(row.priority)]);
  if (row.notBefore !== null && row.state === 'pending') {
    facts.push(['begins', `${row.notBefore} (${until(row.notBefore, nowMs)})`]);
  }
  if (row.deadlineMs !== null) facts.push(['timeout', `${duration(row.deadlineMs)} an attempt`]);
  if (row.expiresAt !== null) {
    const left = isOpen ? ` (${until(row.expiresAt, nowMs)})` : '';
    facts.push(['deadline', `${row.expiresAt}${left}`]);
  }
  if (row.retry !== null) facts.push(['retries', retryText(row.retry)]);
  if (row.cancelRequested && isOpen) {
    facts.push(['cancel', cancelText(row.cancelPhase)]);
  }
  if (row.resources !== null) facts.push(['used', usedText(row.resources)]);
  if (row.waitReason !== null && row.state === 'pending') {
    facts.push(['waits', oneLine(row.waitReason)]);
  }
  return facts;
}

/** `up to 1.2 GiB of memory and 8 GiB of gpu:0, 140% of a core`. */
function usedText({
  peakRssBytes,
  meanCpuPercent,
  peakVramBytes,
}: NonNullable<JobRow['resources']>): string {
  const vram = Object.entries(peakVramBytes ?? {}).map(
    ([index, bytes]) => ` and ${bytesText(bytes)} of gpu:${index}`,
  );
  const cpu = meanCpuPercent === null ? '' : `, ${meanCpuPercent}% of a core`;
  return `up to ${bytesText(peakRssBytes)} of memory${vram.join('')}${cpu}`;
}

const until = (iso: string, nowMs: number): string => {
  const ms = Date.parse(iso) - nowMs;
  return ms > 0 ? `in ${duration(ms)}` : 'now';
};

/** The defaults are those of the queue: one second, doubling, a minute at most. */
function retryText({
  attempts,
  backoffMs = 1_000,
  factor = 2,
  maxBackoffMs = 60_000,
}: Policy): string {
  const grows = factor === 2 ? 'doubling' : `times ${factor}`;
  return `up to ${attempts} attempts; pauses from ${took(backoffMs)}, ${grows}, at most ${took(maxBackoffMs)}`;
}
type Policy = NonNullable<JobRow['retry']>;

function cancelText(phase: JobRow['cancelPhase']): string {
  switch (phase) {
    case 'cooperative':
      return 'the tool was asked to stop';
    case 'force':
      return 'the tool did not stop; its worker is being ended';
    default:
      return 'asked for';
  }
}

function attemptLines(
  { attempt, state, startedAt, finishedAt, session, error }: JobReport['attempts'][number],
  job: JobRow,
  hasHost: boolean,
): string[] {
  const lasted =
    finishedAt === null ? '' : `  ${took(Date.parse(finishedAt) - Date.parse(startedAt))}`;
  const shown = state === 'running' && !hasHost ? 'interrupted' : state;
  const worker = session === null ? '' : `  worker ${session}`;
  // That of the last attempt is that of a job that is over, which has a part of its own.
  const isToldBelow = attempt === job.attempt && job.error !== null;
  const why = error === null || isToldBelow ? [] : [`     ${oneLine(error.message)}`];
  return [`  ${attempt}  ${shown}  ${startedAt}${lasted}${worker}`, ...why];
}

/** What there is to type about a job in its state. */
export function nextSteps(
  { talkStyle: style }: Context,
  { job }: JobReport,
  hasHost: boolean,
): string[] {
  const id = job.jobId;
  switch (job.state) {
    case 'needs_decision':
      return ['', ...decisionLines(id, callOf(job))];
    case 'failed':
      return ['', style.dim(`Next: capstan logs --job ${id}`)];
    case 'pending':
    case 'running':
      return hasHost
        ? []
        : [
            '',
            style.dim(
              'No host is up; the next one goes on with it: `capstan up`, or `capstan resume`.',
            ),
          ];
    default:
      return [];
  }
}

/** Lines of a value that are shown; a value may be megabytes. */
const mostLines = 200;
const mostColumns = 2_000;

function json(value: Json): string[] {
  const text = JSON.stringify(value, null, 2);
  const lines = indent(text).map((line) =>
    line.length > mostColumns ? `${line.slice(0, mostColumns)} …` : line,
  );
  if (lines.length <= mostLines && !lines.some((line) => line.endsWith(' …'))) return lines;
  return [...lines.slice(0, mostLines), `  … ${size(text.length)} in all; --json has it whole`];
}

const indent = (text: string): string[] =>
  plain(text)
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`);
