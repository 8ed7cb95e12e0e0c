import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { isHostRunning } from '../../host-client/index.ts';
import { requireJobId } from '../../ids.ts';
import { inspect } from '../../inspect.ts';
import { summaryOf } from '../../job-summary.ts';
import type { JobReport } from '../../runtime.ts';
import { requireWorkspace } from '../../workspace.ts';
import { describe, nextSteps } from './describe.ts';

export interface JobOptions {
  /** True where the word is missing. */
  decide?: string | true;
}

export async function job(context: Context, id: string, options: JobOptions): Promise<ExitCode> {
  requireJobId(id);
  if (options.decide !== undefined) {
    const { decide, decisionIn } = await import('../decide/decide.ts');
    return decide(context, id, decisionIn(options.decide, id), { actor: 'cli' });
  }
  const report = await inspect(context, (view) => view.job(id));
  const { state } = report.job;
  const hasHost =
    (state !== 'running' && state !== 'pending') ||
    (await isHostRunning(requireWorkspace(context)));
  if (context.json) context.printJson(documentOf(report, state === 'running' && !hasHost));
  else {
    context.print(...describe(context, report, hasHost));
    context.say(...nextSteps(context, report, hasHost));
  }
  return 0;
}

const documentOf = (
  { job: row, attempts, artifacts }: JobReport,
  interrupted: boolean,
): { [member: string]: unknown } => ({
  ...summaryOf(row),
  interrupted,
  control: row.control,
  input: row.input,
  result: row.result,
  session: row.session,
  resources: row.resources,
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
