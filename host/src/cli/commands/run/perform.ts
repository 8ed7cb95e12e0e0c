import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import { type AskedHost, openClient, saySlow, withHost } from '../../host-client/index.ts';
import type { Interruption } from '../../interruption.ts';
import type { InstalledCatalog, RunReport } from '../../runtime.ts';
import type { Follow } from './follow.ts';

export interface Work {
  context: Context;
  root: string;
  /** What is installed, if that was looked at already. */
  catalog?: InstalledCatalog;
  /** Has the run accepted, tells `follow` of it, and answers with its id. */
  begin: (host: AskedHost) => Promise<string>;
  follow: Follow;
  interruption: Interruption;
  /** Tells the outcome. Nobody who waits for it has to wait for the workers to end. */
  tell: (report: RunReport) => void;
  note: (text: string) => void;
}

/**
 * Has the run done by the host of the workspace, and follows it to its end. The host is another process
 * that is up, or this one. A host that was some other command may end before the run does: then this
 * process becomes the host and goes on. A resident one is for somebody else to start again, who may be
 * doing so; it is waited for a moment.
 */
export async function perform(work: Work): Promise<RunReport> {
  const { interruption } = work;
  // Whoever forces the end waits for no orderly close: the next start finds what was interrupted.
  return interruption.unlessForced(performHere(work, { runId: null, wasResident: false }));
}

interface Accepted {
  runId: string | null;
  wasResident: boolean;
}

async function performHere(work: Work, accepted: Accepted): Promise<RunReport> {
  const { context, root, catalog, note } = work;
  const wish = { root, dispatch: true, ...(catalog === undefined ? {} : { catalog }) };
  for (;;) {
    let pid: number | null = null;
    try {
      // oxlint-disable-next-line no-await-in-loop -- one host after the other
      return await withHost(context, wish, (host) => {
        pid = host.pid;
        accepted.wasResident = host.isResident;
        return submitAndFollow(host, work, accepted);
      });
    } catch (error) {
      if (!(error instanceof HostError) || error.code !== 'HOST_LOST') throw error;
      if (accepted.runId === null) throw error;
      if (!accepted.wasResident) note(`The host (process ${pid}) has ended; going on here.`);
      // oxlint-disable-next-line no-await-in-loop -- see above
      else if (await isUpAgain(root))
        note(`The host (process ${pid}) has ended, and another is up.`);
      else throw residentLost(accepted.runId, pid);
    }
  }
}

/** Whoever keeps a host up starts it again, and is not to find that somebody else is the host by then. */
async function isUpAgain(root: string): Promise<boolean> {
  const deadline = performance.now() + comesBackMs;
  while (performance.now() < deadline) {
    // oxlint-disable-next-line no-await-in-loop -- nothing tells us that another process has started
    await new Promise((resolve) => setTimeout(resolve, comesBackMs / 20));
    // oxlint-disable-next-line no-await-in-loop -- see above
    const found = await openClient(root);
    if (found.kind === 'found') {
      found.client.close();
      return true;
    }
  }
  return false;
}
const comesBackMs = 3_000;

async function submitAndFollow(
  host: AskedHost,
  work: Work,
  accepted: Accepted,
): Promise<RunReport> {
  const { context, follow, interruption, tell, note } = work;
  interruption.check();
  accepted.runId ??= await begun(host, work);
  const { runId } = accepted;
  interruption.cancelWith((reason) => saySlow(context.io, note, host, host.cancel(runId, reason)));
  const report = await followed(host, runId, follow);
  interruption.over();
  for (const notice of await noticesFor(host, report)) note(notice);
  tell(report);
  const left = await unfinished(
    host,
    host.recovered.filter((id) => id !== runId),
  );
  if (left.length > 0) {
    context.say(
      `Not finished yet: ${left.join(', ')}. The next host of this workspace goes on with it.`,
    );
  }
  return report;
}

/** What somebody should know about the tools that took part: drift, versions, a changed environment. */
async function noticesFor(host: AskedHost, { nodes }: RunReport): Promise<string[]> {
  const used = new Set(
    Object.values(nodes).map(({ capability, instance }) => instance ?? capability),
  );
  // a host of another version may not know; the run is over, and its report is what counts
  const instances = await Promise.resolve(host.instances()).catch(() => []);
  return instances
    .filter(({ instance }) => used.has(instance))
    .flatMap(({ notices = [] }: Partial<(typeof instances)[number]>) => notices);
}

/** Tells as well of what else a host that is opened here goes on with. */
async function begun(host: AskedHost, { begin, note }: Work): Promise<string> {
  const runId = await begin(host);
  const others = await unfinished(
    host,
    host.recovered.filter((id) => id !== runId),
  );
  if (others.length > 0) {
    note(
      `Going on as well with what was unfinished here: ${others.join(', ')} (\`capstan cancel\` ends one)`,
    );
  }
  return runId;
}

/** Tells what happens until the run is over or waits for a decision, and answers with its report. */
async function followed(host: AskedHost, runId: string, follow: Follow): Promise<RunReport> {
  const ending = new AbortController();
  const telling = (async (): Promise<void> => {
    const options = { afterSeq: follow.cursor, runId, live: true, signal: ending.signal };
    for await (const event of host.events(options)) {
      follow.event(event);
      if (event.type === 'run_finished') return;
    }
  })();
  telling.catch(() => {});
  try {
    const report = await host.finished(runId);
    // What was said before the end is told before the end is.
    await Promise.race([telling, patience(report.state === 'running' ? parkedMs : overMs)]);
    return report;
  } finally {
    ending.abort();
  }
}

/** A run that waits for a decision says nothing last, so there is nothing to wait for but a moment. */
const parkedMs = 200;
const overMs = 5_000;
const patience = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

async function unfinished(host: AskedHost, runs: readonly string[]): Promise<string[]> {
  const reports = await Promise.all(runs.map((id) => host.report(id)));
  return reports.filter(({ state }) => state === 'running').map(({ runId }) => runId);
}

const residentLost = (runId: string, pid: number | null): HostError =>
  new HostError('HOST_LOST', `The host (process ${pid}) ended while ${runId} was going on.`, {
    hint: `Nothing is lost: \`capstan resume ${runId}\` goes on with it, and so does the next \`capstan up\`.`,
    details: { runId, pid },
  });
