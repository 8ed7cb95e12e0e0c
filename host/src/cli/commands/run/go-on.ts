import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { AskedHost } from '../../host-client/index.ts';
import { Interruption } from '../../interruption.ts';
import type { Composition, RunReport, RunRow } from '../../runtime.ts';
import { askBeforeDrawing } from '../../secret-store.ts';
import { seedOf } from '../../tree/plant.ts';
import { Follow } from './follow.ts';
import { exitCodeOfRun, printReport } from './outcome.ts';
import { perform } from './perform.ts';
import { viewFor } from './views/view.ts';

/** A run that comes of an earlier one: the same, taken up, or one that repeats it. */
export interface Continuation {
  root: string;
  earlier: RunRow;
  /** Of the run that is gone on with. */
  composition: Composition;
  /** Answers with the run to follow; what it says through `note` appears above the picture. */
  begin: (host: AskedHost, note: (text: string) => void) => Promise<string>;
}

/** Has it done by the host of the workspace and shows it, as `capstan run` does. */
export async function goOn(
  context: Context,
  { root, earlier, composition, begin }: Continuation,
  options: { watch?: boolean },
): Promise<ExitCode> {
  const { io } = context;
  await askBeforeDrawing(context, root);
  const seed = seedOf(earlier.name, io.nowMs());
  const view = viewFor(context, seed, options);
  const follow = new Follow(seed, view, io.nowMs);
  const interruption = new Interruption(io, (text) => follow.notice(text), null);
  const note = (text: string): void => view.note(text);
  follow.planned(composition);
  try {
    const report = await perform({
      context,
      root,
      begin: async (host) => {
        if (host.pid !== null) note(`The host that is up (process ${host.pid}) runs it.`);
        const runId = await begin(host, note);
        // Read before the report: what comes between the two is told twice, which changes nothing.
        follow.cursor = await host.lastSeq();
        follow.submitted(runId, await host.report(runId));
        return runId;
      },
      follow,
      interruption,
      tell: (ended) => {
        view.close();
        printReport(context, { kind: kindOf(ended) }, ended, options);
      },
      note,
    });
    return interruption.exitCodeOr(exitCodeOfRun(report));
  } finally {
    view.close();
    interruption.release();
  }
}

/** A direct call is a run of its one action, with one output. */
function kindOf({ name, nodes, outputs }: RunReport): 'call' | 'composition' {
  const [node, ...others] = Object.values(nodes);
  const isCall =
    node !== undefined &&
    others.length === 0 &&
    name === `${node.capability}.${node.action ?? `${node.task}.${node.method}`}` &&
    Object.keys(outputs ?? {}).join() === 'result';
  return isCall ? 'call' : 'composition';
}
