import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { Interruption } from '../../interruption.ts';
import type { RunReport } from '../../runtime.ts';
import { askBeforeDrawing } from '../../secret-store.ts';
import { seedOf } from '../../tree/plant.ts';
import { begin } from './begin.ts';
import { Follow } from './follow.ts';
import type { RunOptions } from './options.ts';
import { exitCodeOfRun, printReport } from './outcome.ts';
import { perform } from './perform.ts';
import { planOf, rootOf } from './plan.ts';
import { viewFor } from './views/view.ts';

/** Plans the run, has the workspace's host do it (this process, if none is up), and reports. */
export async function run(context: Context, what: string, options: RunOptions): Promise<ExitCode> {
  const { io } = context;
  const root = rootOf(context, what);
  await askBeforeDrawing(context, root);
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
    const report = await perform({
      context,
      root,
      catalog: plan.catalog,
      begin: (host) => begin(host, { context, runtime, plan, isFresh, follow, note }),
      follow,
      interruption,
      tell,
      note,
    });
    return interruption.exitCodeOr(exitCodeOfRun(report));
  } finally {
    view.close();
    interruption.release();
  }
}
