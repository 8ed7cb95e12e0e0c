import { type Context, tableColumns } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { inspect, requireKnown } from '../../inspect.ts';
import { callOf, paintOf, summaryOf } from '../../job-summary.ts';
import type { JobRow } from '../../runtime.ts';
import { age, duration, took } from '../../terminal/quantities.ts';
import { table } from '../../terminal/table.ts';

export interface JobsOptions {
  state?: JobRow['state'];
  run?: string;
  capability?: string;
  limit: number;
}

export async function jobs(context: Context, options: JobsOptions): Promise<ExitCode> {
  const { state, run: runId, capability, limit } = options;
  const found = await inspect(context, (view) => {
    requireKnown(view, options);
    return view.jobs({
      limit,
      ...(state === undefined ? {} : { state }),
      ...(runId === undefined ? {} : { runId }),
      ...(capability === undefined ? {} : { capability }),
    });
  });
  if (context.json) context.printJson({ jobs: found.map(summaryOf) });
  else if (found.length === 0) context.say('No such jobs. `capstan run` makes some.');
  else {
    const { io, style } = context;
    const rows = found.map((job) => [
      job.jobId,
      { text: job.state, paint: paintOf(job.state, style) },
      callOf(job),
      age(job.submittedAt, io.nowMs()),
      lasted(job, io.nowMs()),
      job.runId === null ? '-' : `${job.runId} ${job.nodeId ?? ''}`,
    ]);
    const header = ['JOB', 'STATE', 'CALL', 'SUBMITTED', 'TOOK', 'RUN'];
    context.print(...table(header, rows, { columns: tableColumns(io), style }));
  }
  return 0;
}

function lasted({ startedAt, finishedAt, state }: JobRow, nowMs: number): string {
  if (startedAt === null || (finishedAt === null && state !== 'running')) return '-';
  const begun = Date.parse(startedAt);
  return finishedAt === null ? duration(nowMs - begun) : took(Date.parse(finishedAt) - begun);
}
