import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type AskedHost, isLost, withHost } from '../../host-client/index.ts';
import { isRunId } from '../../ids.ts';
import { inspect } from '../../inspect.ts';
import { Patience } from '../../patience.ts';
import type { WorkspaceView } from '../../runtime.ts';
import { exitCodeOf, type Outcome, tellOutcomes } from './outcome.ts';

export const noHostIsUp = 'No host is up; this command is one meanwhile.';

export interface WaitOptions {
  timeout?: number;
}

export async function wait(
  context: Context,
  given: readonly string[],
  options: WaitOptions,
): Promise<ExitCode> {
  const ids = [...new Set(given)];
  const patience = new Patience(context.io, leftHint(ids), options.timeout);
  try {
    const outcomes =
      (await whatIsOver(context, ids)) ??
      (await patience.unlessForced(waited(context, ids, patience)));
    tellOutcomes(context, outcomes);
    return exitCodeOf(outcomes);
  } finally {
    patience.release();
  }
}

export const leftHint = (ids: readonly string[]): string =>
  `It is accepted and goes on with the host: \`capstan wait ${ids.slice(0, 3).join(' ')}${ids.length > 3 ? ' …' : ''}\` waits again.`;

/** Where all of it is over nobody has to be asked; null where something is not. Throws JOB_NOT_FOUND. */
function whatIsOver(context: Context, ids: readonly string[]): Promise<Outcome[] | null> {
  return inspect(context, (view) => {
    const outcomes = ids.map((id) => lookAt(view, id));
    return outcomes.every(isOver) ? outcomes : null;
  });
}

const lookAt = (view: WorkspaceView, id: string): Outcome =>
  isRunId(id)
    ? { kind: 'run', report: view.runReport(id) }
    : { kind: 'job', job: view.job(id).job };

function isOver(one: Outcome): boolean {
  if (one.kind === 'run') return one.report.state !== 'running';
  return one.job.state !== 'pending' && one.job.state !== 'running';
}

/** Asks whichever host is up, one after the other, until all is over. */
async function waited(
  context: Context,
  ids: readonly string[],
  patience: Patience,
): Promise<Outcome[]> {
  for (;;) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one host after the other
      return await withHost(context, { dispatch: true }, (host) => {
        if (host.pid === null) context.say(context.talkStyle.dim(noHostIsUp));
        return patience.until(outcomesAt(host, ids, patience.signal));
      });
    } catch (error) {
      if (!isLost(error)) throw error;
      context.say(context.talkStyle.dim('The host has ended; what was accepted goes on here.'));
    }
  }
}

/** One after the other: all have to be over, so it takes as long as all at once, and asks less. */
export async function outcomesAt(
  host: AskedHost,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const id of ids) {
    signal.throwIfAborted();
    outcomes.push(
      isRunId(id)
        ? // oxlint-disable-next-line no-await-in-loop -- see above
          { kind: 'run', report: await host.finished(id, { signal }) }
        : // oxlint-disable-next-line no-await-in-loop -- see above
          { kind: 'job', job: await host.wait(id, { signal }) },
    );
  }
  return outcomes;
}
