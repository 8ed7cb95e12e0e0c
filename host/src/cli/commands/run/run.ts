import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { HostEvent, RunReport, Runtime } from '../../runtime.ts';
import { openServedHost, type ServedHost } from '../../served-host.ts';
import { plant } from '../../tree/plant.ts';
import { Follow } from './follow.ts';
import { Interruption } from './interruption.ts';
import { exitCodeOfRun, printReport } from './outcome.ts';
import { type Plan, planOf } from './plan.ts';
import { viewFor } from './views/view.ts';

export interface RunOptions {
  input?: string[];
  inputs?: string;
  watch?: boolean;
  fresh?: boolean;
  timeout?: number;
}

/** Plans the run, becomes the workspace's host for as long as it takes, and reports. */
export async function run(context: Context, what: string, options: RunOptions): Promise<ExitCode> {
  const runtime = await context.runtime();
  const plan = await planOf(context, runtime, what, options);
  const { io } = context;
  const tree = plant(plan.composition, io.nowMs());
  const view = viewFor(context, tree, options);
  const follow = new Follow(tree, view, io.nowMs);
  const interruption = new Interruption(io, (text) => follow.notice(text), options.timeout ?? null);
  try {
    const report = await perform(context, runtime, plan, options, follow, interruption);
    view.close();
    printReport(context, plan, report, options);
    return interruption.exitCodeOr(exitCodeOfRun(report));
  } finally {
    view.close();
    interruption.release();
  }
}

async function perform(
  context: Context,
  runtime: Runtime,
  plan: Plan,
  options: RunOptions,
  follow: Follow,
  interruption: Interruption,
): Promise<RunReport> {
  const opening = openServedHost(runtime, {
    root: plan.root,
    env: context.io.env,
    onEvent: (event: HostEvent) => follow.event(event),
  });
  const served = await interruption.unlessForced(opening);
  const working = submitAndFinish(runtime, served, plan, options, follow, interruption);
  // Whoever forces the end waits for no orderly close: the next start finds what was interrupted.
  return interruption.unlessForced(working.finally(() => served.close()));
}

async function submitAndFinish(
  runtime: Runtime,
  { host }: ServedHost,
  plan: Plan,
  options: RunOptions,
  follow: Follow,
  interruption: Interruption,
): Promise<RunReport> {
  interruption.check();
  const { runId, resumed } = await host.runComposition(plan.composition, plan.inputs, {
    fresh: options.fresh === true,
  });
  follow.submitted(runId, resumed ? reportOf(runtime, plan.root, runId) : null);
  interruption.cancelWith((reason) => host.cancel(runId, reason));
  const stuck = follow.stuck.then(() => reportOf(runtime, plan.root, runId));
  return Promise.race([host.finished(runId), stuck]);
}

function reportOf(runtime: Runtime, root: string, runId: string): RunReport {
  const reader = runtime.openReader(root);
  try {
    return reader.runReport(runId);
  } finally {
    reader.close();
  }
}
