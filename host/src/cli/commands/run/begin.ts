import type { Context } from '../../context.ts';
import type { AskedHost } from '../../host-client/index.ts';
import type { Runtime } from '../../runtime.ts';
import type { Follow } from './follow.ts';
import type { Plan } from './plan.ts';

interface Beginning {
  context: Context;
  runtime: Runtime;
  plan: Plan;
  isFresh: boolean;
  follow: Follow;
  note: (text: string) => void;
}

/** Has a host accept a planned run, or take up the unfinished one that is the same. */
export async function begin(
  host: AskedHost,
  { context, runtime, plan, isFresh, follow, note }: Beginning,
): Promise<string> {
  if (host.pid !== null) {
    // The same is checked there, but only here is it known where the mistakes are written.
    runtime.checkComposition(plan.source, plan.catalog.catalog);
    note(`The host that is up (process ${host.pid}) runs it.`);
  }
  follow.cursor = await host.lastSeq();
  const { runId, resumed } = await host.runComposition(plan.source, plan.inputs, {
    fresh: isFresh,
    cwd: context.io.cwd,
  });
  if (resumed) follow.cursor = await host.lastSeq();
  follow.submitted(runId, resumed ? await host.report(runId) : null);
  return runId;
}
