import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { exitCodeOf, failureOf } from '../../failure.ts';
import { Interruption } from '../../interruption.ts';
import type { EstimateReport } from '../../runtime.ts';
import { LiveArea } from '../../terminal/live.ts';
import { oneLine } from '../../terminal/plain.ts';
import { wantsMotion } from '../../terminal/style.ts';
import { truncate } from '../../terminal/width.ts';
import { requireWorkspace } from '../../workspace.ts';
import { estimateDocument } from './document.ts';
import { tellEstimate } from './tell.ts';

/** Asks what installing would cost and says it; ends like a failed installation where that cannot be found out. */
export async function estimate(context: Context, names: string[]): Promise<ExitCode> {
  const root = requireWorkspace(context);
  const runtime = await context.doors.declared();
  const workspace = await runtime.readWorkspace(root);
  const interruption = new Interruption(context.io, (text) => context.say(text), null);
  const stop = new AbortController();
  interruption.cancelWith(async () => stop.abort());
  const progress = progressFor(context);
  try {
    const report = await interruption.unlessForced(
      runtime.estimateCapabilities(workspace, {
        names,
        paths: runtime.machinePaths(context.io.env),
        env: context.io.env,
        signal: stop.signal,
        onProgress: progress.tell,
      }),
    );
    progress.close();
    if (context.json) context.printJson(estimateDocument(report, root));
    else tellEstimate(context, report);
    return codeOf(report);
  } finally {
    progress.close();
    interruption.release();
  }
}

/** The first thing that could not be found out decides, as with an installation. */
function codeOf({ capabilities, environments }: EstimateReport): ExitCode {
  const failed = [...capabilities, ...environments].find(({ error }) => error !== null)?.error;
  return failed ? exitCodeOf(failureOf(failed)) : 0;
}

/** One line that is drawn again in a terminal; in a pipe a line for each capability. */
function progressFor({ io, json, say }: Context): {
  tell: (name: string, message: string) => void;
  close: () => void;
} {
  if (json) return { tell: () => {}, close: () => {} };
  if (!wantsMotion(io.env, io.stderr)) {
    const told = new Set<string>();
    const tell = (name: string) => {
      if (!told.has(name)) say(`${name}: looking`);
      told.add(name);
    };
    return { tell, close: () => {} };
  }
  const area = new LiveArea(io.stderr);
  return {
    tell: (name, message) =>
      area.paint([truncate(`${name}: ${oneLine(message)}`, io.stderr.columns - 1)]),
    close: () => area.paint([]),
  };
}
