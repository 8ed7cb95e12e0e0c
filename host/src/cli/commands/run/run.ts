import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Host, RunReport, Runtime } from '../../runtime.ts';
import { openServedHost } from '../../served-host.ts';
import { seedOf } from '../../tree/plant.ts';
import { Follow } from './follow.ts';
import { Interruption } from '../../interruption.ts';
import { exitCodeOfRun, printReport } from './outcome.ts';
import type { RunOptions } from './options.ts';
import { type Plan, planOf, rootOf } from './plan.ts';
import { viewFor } from './views/view.ts';

interface Work {
  context: Context;
  runtime: Runtime;
  plan: Plan;
  isFresh: boolean;
  follow: Follow;
  interruption: Interruption;
  /** Tells the outcome. Nobody who waits for it has to wait for the workers to end. */
  tell: (report: RunReport) => void;
  note: (text: string) => void;
}

/** Plans the run, becomes the workspace's host for as long as it takes, and reports. */
export async function run(context: Context, what: string, options: RunOptions): Promise<ExitCode> {
  const { io } = context;
  const root = rootOf(context, what);
  const seed = seedOf(what, io.nowMs());
  const view = viewFor(context, seed, options);
  const follow = new Follow(seed, view, io.nowMs);
  const interruption = new Interruption(io, (text) => follow.notice(text), options.timeout ?? null);
  const isFresh = options.fresh === true;
  try {
    const runtime = await context.doors.runtime();
    const note = (text: string): void => view.note(text);
    const plan = await planOf(context, runtime, what, root, options, note);
    follow.planned(plan.source.composition);
    const tell = (report: RunReport): void => {
      view.close();
      printReport(context, plan, report, options);
    };
    const work = { context, runtime, plan, isFresh, follow, interruption, tell, note };
    const report = await perform(work);
    return interruption.exitCodeOr(exitCodeOfRun(report));
  } finally {
    view.close();
    interruption.release();
  }
}

async function perform(work: Work): Promise<RunReport> {
  const { context, runtime, plan, follow, interruption } = work;
  const opening = openServedHost(runtime, {
    mode: 'command',
    root: plan.root,
    env: context.io.env,
    catalog: plan.catalog,
    onEvent: (event) => follow.event(event),
  });
  const served = await interruption.unlessForced(opening);
  // Whoever forces the end waits for no orderly close: the next start finds what was interrupted.
  const finishing = submitAndFinish(served.host, work).finally(() => served.close());
  return interruption.unlessForced(finishing);
}

async function submitAndFinish(host: Host, work: Work): Promise<RunReport> {
  const { context, plan, isFresh, follow, interruption, tell, note } = work;
  interruption.check();
  const { runId, resumed } = await host.runComposition(plan.source, plan.inputs, {
    fresh: isFresh,
    cwd: context.io.cwd,
  });
  const others = host.recovered.runs.filter((id) => id !== runId);
  if (others.length > 0) {
    note(
      `Going on as well with what was unfinished here: ${others.join(', ')} (\`capstan cancel\` ends one)`,
    );
  }
  follow.submitted(runId, resumed ? host.report(runId) : null);
  interruption.cancelWith((reason) => host.cancel(runId, reason));
  const report = await host.finished(runId);
  tell(report);
  const left = others.filter((id) => host.report(id).state === 'running');
  if (left.length > 0) {
    context.say(
      `Not finished yet: ${left.join(', ')}. The next host of this workspace goes on with it.`,
    );
  }
  return report;
}
