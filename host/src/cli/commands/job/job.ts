import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { inspect } from '../../inspect.ts';
import { requireWorkspace } from '../../workspace.ts';
import { callOf, paintOf, summaryOf } from '../../job-summary.ts';
import type { JobReport, Json } from '../../runtime.ts';
import { oneLine, plain } from '../../terminal/plain.ts';
import { age, size, took } from '../../terminal/quantities.ts';

export interface JobOptions {
  decide?: 'rerun' | 'fail';
}

export async function job(context: Context, id: string, options: JobOptions): Promise<ExitCode> {
  if (options.decide !== undefined) await decide(context, id, options.decide);
  const found = await inspect(context, (view) => {
    if (id.startsWith('run_')) throw isARun(id);
    return view.job(id);
  });
  if (context.json) context.printJson(documentOf(found));
  else context.print(...describe(context, found));
  return 0;
}

/** Takes the workspace for a moment, so it is refused with WORKSPACE_BUSY while a host runs. */
async function decide(context: Context, id: string, decision: 'rerun' | 'fail'): Promise<void> {
  const root = requireWorkspace(context);
  const { openHost } = await context.doors.runtime();
  const host = await openHost({ root, env: context.io.env, dispatch: false });
  try {
    await host.decide(id, decision, 'cli');
    context.say(
      decision === 'rerun'
        ? `${id} runs again with the next \`capstan run\` in this workspace.`
        : `${id} counts as failed.`,
    );
  } finally {
    await host.close();
  }
}

const isARun = (id: string): HostError =>
  new HostError('JOB_NOT_FOUND', `${id} is a run, not a job.`, {
    hint: `Its jobs: \`capstan jobs --run ${id}\`.`,
    details: { id },
  });

const documentOf = ({
  job: row,
  attempts,
  artifacts,
}: JobReport): { [member: string]: unknown } => ({
  ...summaryOf(row),
  input: row.input,
  result: row.result,
  session: row.session,
  attempts: attempts.map(({ jobId: _, ...attempt }) => attempt),
  artifacts: artifacts.map(({ path, name, sha256, size: bytes, mediaType, attempt }) => ({
    path,
    name,
    sha256,
    size: bytes,
    ...(mediaType === undefined ? {} : { mediaType }),
    attempt,
  })),
});

function describe({ io, style }: Context, { job: row, attempts, artifacts }: JobReport): string[] {
  const facts: [string, string][] = [
    ['job', row.jobId],
    ['state', paintOf(row.state, style)(row.state)],
    ['call', callOf(row)],
    ['effects', row.effects],
  ];
  if (row.runId !== null) facts.push(['run', `${row.runId}, node ${row.nodeId ?? '?'}`]);
  facts.push(['submitted', `${row.submittedAt} (${age(row.submittedAt, io.nowMs())})`]);
  if (row.waitReason !== null) facts.push(['waits', oneLine(row.waitReason)]);
  const lines = facts.map(([name, value]) => `${style.dim(name.padEnd(10))} ${value}`);
  lines.push('', style.bold('input'), ...json(row.input));
  if (attempts.length > 0) lines.push('', style.bold('attempts'), ...attempts.map(attemptLine));
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

function attemptLine({
  attempt,
  state,
  startedAt,
  finishedAt,
  session,
}: JobReport['attempts'][number]): string {
  const lasted =
    finishedAt === null ? '' : `  ${took(Date.parse(finishedAt) - Date.parse(startedAt))}`;
  return `  ${attempt}  ${state}  ${startedAt}${lasted}${session === null ? '' : `  worker ${session}`}`;
}

const json = (value: Json): string[] => indent(JSON.stringify(value, null, 2));
const indent = (text: string): string[] =>
  plain(text)
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`);
