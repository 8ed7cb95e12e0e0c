import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type AskedHost, withHost } from '../../host-client/index.ts';
import { inspect } from '../../inspect.ts';
import { callOf, summaryOf } from '../../job-summary.ts';
import { Patience } from '../../patience.ts';
import type { HostEvent, RunReport, WorkspaceView } from '../../runtime.ts';
import { oneLine } from '../../terminal/plain.ts';
import { pagesOf } from '../journal/rows.ts';
import { decisionLines } from '../wait/outcome.ts';
import { Scene } from './scene.ts';
import { isAtRest, openIn, type Unfinished, unfinishedIn } from './unfinished.ts';
import { type SceneView, sceneViewFor } from './views.ts';

/** Is the host, or watches the one that is up, until nothing goes on by itself any more. */
export async function resumeAll(context: Context, options: { watch?: boolean }): Promise<ExitCode> {
  const { io } = context;
  const patience = new Patience(io, 'Nothing is cancelled. `capstan resume` goes on.');
  const view = sceneViewFor(context, options);
  const scene = new Scene(io.nowMs, (before, after) => view.changed(before, after));
  try {
    return await inspect(context, async (state) => {
      // Read first: what comes while the rest is read is told once more, and nothing is missed.
      const cursor = state.journal({ newestFirst: true, limit: 1 })[0]?.seq ?? 0;
      const before = unfinishedIn(state, io.nowMs());
      if (!isAtRest(before)) {
        for (const run of before.runs) scene.addRun(run, state.runReport(run.runId));
        view.begin(scene);
        const work = { context, state, scene, view, patience, before, cursor };
        await patience.unlessForced(carriedOn(work));
        view.close();
      }
      return conclude(context, state, before, scene);
    });
  } finally {
    view.close();
    patience.release();
  }
}

interface Work {
  context: Context;
  state: WorkspaceView;
  scene: Scene;
  view: SceneView;
  patience: Patience;
  before: Unfinished;
  /** The journal up to here has been told. */
  cursor: number;
}

async function carriedOn(work: Work): Promise<void> {
  const { context, view, patience } = work;
  for (;;) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one host after the other
      return await withHost(context, { dispatch: true }, async (host) => {
        if (host.pid !== null) view.note(`The host that is up (process ${host.pid}) is at it.`);
        await patience.until(watched(host, work));
      });
    } catch (error) {
      if (!(error instanceof HostError) || error.code !== 'HOST_LOST') throw error;
      view.note('That host has ended; going on here.');
    }
  }
}

/** Follows all that happens until nothing is left that goes on by itself. */
async function watched(host: AskedHost, work: Work): Promise<void> {
  const { context, state, patience } = work;
  await tellChanged(host, work);
  const ending = new AbortController();
  const end = (): void => ending.abort();
  patience.signal.addEventListener('abort', end, { once: true });
  const look = (): void => {
    if (isAtRest(openIn(state, context.io.nowMs()))) end();
  };
  // What is enabled, delayed or begun by others has no last event; looking is cheap.
  const release = context.io.every(lookMs, look);
  look();
  try {
    const options = { afterSeq: work.cursor, live: true, signal: ending.signal };
    for await (const event of host.events(options)) tell(work, event);
    // What was over before the first look, or with the last one, has not come by here.
    if (!patience.signal.aborted) {
      for (const rows of pagesOf(state, { afterSeq: work.cursor })) {
        for (const row of rows) tell(work, state.eventOf(row));
      }
    }
  } finally {
    release();
    patience.signal.removeEventListener('abort', end);
  }
}

const lookMs = 200;

function tell(work: Work, event: HostEvent): void {
  if ('seq' in event) work.cursor = event.seq;
  if (event.type === 'run_submitted' && event.runId !== undefined) addRun(work, event.runId);
  work.scene.event(event);
}

function addRun({ state, scene }: Work, runId: string): void {
  if (!scene.knows(runId)) scene.addRun(state.run(runId), state.runReport(runId));
}

/** A run goes on as it was recorded; whoever has changed its file meanwhile may have meant otherwise. */
async function tellChanged(host: AskedHost, { before, view }: Work): Promise<void> {
  for (const { runId, source } of before.runs) {
    if (source === null) continue;
    // oxlint-disable-next-line no-await-in-loop -- each reads a file
    const changed = await host.resumeRun(runId, {}).then(
      () => null,
      (error: unknown) =>
        error instanceof HostError && error.code === 'DEFINITION_CHANGED' ? error : null,
    );
    if (changed === null) continue;
    view.note(`${changed.message}: it goes on as recorded.`);
    view.note(
      `  for a new run by the file as it is: capstan resume ${runId} --with-definition new`,
    );
  }
}

/** What became of it, what cannot go on by itself, and what to type about that. */
function conclude(
  context: Context,
  state: WorkspaceView,
  before: Unfinished,
  scene: Scene,
): ExitCode {
  const after = unfinishedIn(state, context.io.nowMs());
  const reports = before.runs.map(({ runId }) => state.runReport(runId));
  const hasFailed = reports.some(isBad) || scene.ended.failed > 0;
  if (context.json) {
    context.printJson({
      runs: reports,
      jobs: scene.ended,
      decisions: after.decisions.map(summaryOf),
      held: after.held,
    });
    return hasFailed ? 1 : 0;
  }
  const isNothing = before.runs.length === 0 && before.open === 0 && before.decisions.length === 0;
  if (isNothing) context.print('Nothing is unfinished here.');
  for (const report of reports) context.print(lineOf(report));
  const { completed, failed, cancelled } = scene.ended;
  if (completed + failed + cancelled > 0) {
    context.print(`jobs: ${completed} completed, ${failed} failed, ${cancelled} cancelled`);
  }
  for (const { jobId, ...job } of after.decisions) {
    context.say('', ...decisionLines(jobId, callOf(job)));
  }
  for (const { instance, jobs } of after.held) {
    context.say(
      '',
      `${jobs} wait for ${instance}, which is disabled: \`capstan enable ${instance}\`.`,
    );
  }
  for (const { runId } of reports.filter(isBad)) {
    context.say(context.talkStyle.dim(`capstan retry ${runId}`));
  }
  return hasFailed ? 1 : 0;
}

const isBad = ({ state }: RunReport): boolean => state === 'failed';

function lineOf({ runId, name, state, nodes, error }: RunReport): string {
  const isParked = Object.values(nodes).some((node) => node.state === 'needs_decision');
  const why = error === null ? '' : `: ${oneLine(error.message)}`;
  const shown = state === 'running' ? (isParked ? 'waits for a decision' : 'not finished') : state;
  return `${runId}  ${oneLine(name)}  ${shown}${why}`;
}
