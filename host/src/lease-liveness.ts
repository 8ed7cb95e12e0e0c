import { journalSigns } from './journal-signs.ts';
import { isFinal } from './kernel/states.ts';
import { liveness, type Liveness, type LivenessEvidence, type Sign } from './kernel/liveness.ts';
import type { LivenessRules } from './kernel/lease-rules.ts';
import { compileRegion } from './kernel/regions/index.ts';
import { leaseRules, type Leases, type LeaseView } from './lease-desk.ts';
import { commitsIn, commitSigns, isProcessAlive, leaseSigns } from './leases/evidence/index.ts';
import { thisMachine } from './leases/machine.ts';
import { sentence } from './kernel/wording.ts';
import type { JobReport, WorkspaceView } from './workspace-view.ts';

/** Whether something goes on, and all that this was concluded from. */
export interface LivenessReport extends Liveness {
  subject: 'lease' | 'run' | 'job';
  id: string;
  /** ISO 8601, UTC. */
  startedAt: string | null;
  isProcessAlive: boolean | null;
  ended: LivenessEvidence['ended'] | null;
  /** What could not be found out, and why. It counts for nothing. */
  unknown: string[];
  windows: LivenessRules;
}

export interface Place {
  /** The real path of the workspace. */
  root: string;
  env: { readonly [name: string]: string | undefined };
  nowMs: number;
  /** Jobs, journal and logs. */
  view: WorkspaceView;
  isHostUp: boolean;
}

/** So many of the newest events are looked at: the newest decide. */
const mostEvents = 500;

/** A lease that is live: by its ledger, commits in what it holds, its run's journal, and its process. */
export async function leaseLiveness(
  place: Place,
  leases: Pick<Leases, 'log'>,
  lease: LeaseView,
): Promise<LivenessReport> {
  const { id, runId, ended } = lease;
  const startedMs = Date.parse(lease.acquiredAt);
  const log = await leases.log({ limit: 4 * mostEvents });
  const commits = await commitEvidence(place, lease, startedMs);
  const ofRun = runId === null ? [] : written(place, id, { runId });
  return report(place, 'lease', commits.unknown, {
    of: id,
    startedMs,
    signs: [...leaseSigns(lease, log), ...commits.signs, ...ofRun],
    isProcessAlive: processOf(lease),
    ...(ended === null ? {} : { ended: { how: ended, atMs: null } }),
  });
}

/** A lease that is over. */
export const overLiveness = (place: Place, id: string, how: string): Promise<LivenessReport> =>
  report(place, 'lease', [], {
    of: id,
    startedMs: null,
    signs: [],
    isProcessAlive: null,
    ended: { how, atMs: null },
  });

/** A run: by the journal and the log of its jobs, and whether a host is there to go on with it. Throws JOB_NOT_FOUND. */
export function runLiveness(place: Place, runId: string): Promise<LivenessReport> {
  const { state, startedAt, finishedAt } = place.view.run(runId);
  return report(place, 'run', [], {
    of: runId,
    startedMs: Date.parse(startedAt),
    signs: written(place, runId, { runId }),
    isProcessAlive: place.isHostUp ? null : false,
    gone: noHost,
    ...(state === 'running'
      ? {}
      : { ended: { how: state, atMs: finishedAt === null ? null : Date.parse(finishedAt) } }),
  });
}

/** A job: by its journal and its log, and the worker that does it. Throws JOB_NOT_FOUND. */
export async function jobLiveness(place: Place, jobId: string): Promise<LivenessReport> {
  const { job } = place.view.job(jobId);
  const endedMs = job.finishedAt === null ? null : Date.parse(job.finishedAt);
  const found = await report(place, 'job', [], {
    of: jobId,
    startedMs: Date.parse(job.startedAt ?? job.submittedAt),
    signs: written(place, jobId, { jobId }),
    isProcessAlive:
      job.state === 'running' ? workerOf(place, job.instance ?? job.capability) : null,
    ...(place.isHostUp ? {} : { gone: noHost }),
    ...(isFinal(job.state) ? { ended: { how: job.state, atMs: endedMs } } : {}),
  });
  const waits = waitText(job);
  return waits === null ? found : { ...found, reason: `${waits} ${found.reason}` };
}

/** What a job that does not run waits for. */
function waitText({ state, jobId, waitReason }: JobReport['job']): string | null {
  if (state === 'needs_decision') return `It waits for a decision: \`capstan decide ${jobId}\`.`;
  if (state !== 'pending') return null;
  return sentence(waitReason === null ? 'It has not begun' : `It waits: ${waitReason}`);
}

async function report(
  place: Place,
  subject: LivenessReport['subject'],
  unknown: string[],
  evidence: LivenessEvidence,
): Promise<LivenessReport> {
  const windows = (await leaseRules(place.root)).liveness;
  const { startedMs, of: id, isProcessAlive: alive, ended = null } = evidence;
  return {
    subject,
    id,
    ...liveness(evidence, windows, place.nowMs),
    startedAt: startedMs === null ? null : new Date(startedMs).toISOString(),
    isProcessAlive: alive,
    ended,
    unknown,
    windows,
  };
}

const noHost = 'No host is up to go on with it; the next one does.';

/** The journal, and that something was logged: what a tool says proves that it is there. */
function written(
  { view }: Place,
  of: string,
  filter: { jobId: string } | { runId: string },
): Sign[] {
  const rows = view.journal({ ...filter, newestFirst: true, limit: mostEvents });
  const lines = view.logs({ ...filter, limit: 1 });
  const logged = lines.map(({ ts }) => ({
    of,
    atMs: Date.parse(ts),
    what: 'a line in its log',
    isChange: false,
  }));
  return [...journalSigns(of, rows), ...logged];
}

async function commitEvidence(
  { root, env }: Place,
  { id, claims }: LeaseView,
  startedMs: number,
): Promise<{ signs: Sign[]; unknown: string[] }> {
  const regions = claims.filter((claim) => claim.kind === 'region');
  const found = await Promise.all(
    regions.map((region) => commitsIn(region.tree, compileRegion(region), startedMs, env)),
  );
  const signs = found.flatMap((each) =>
    each.kind === 'commits' ? commitSigns(id, each.commits) : [],
  );
  const why = found.flatMap((each) =>
    each.kind === 'unknown' ? [`commits in ${root}: ${each.why}`] : [],
  );
  return { signs, unknown: [...new Set(why)] };
}

function processOf({ holder }: LeaseView): boolean | null {
  return holder.process === null ? null : isProcessAlive(thisMachine(), holder.process);
}

/** The process that was last spawned for the instance of a call: which session a call has is written at its end. */
function workerOf({ view, isHostUp }: Place, instance: string): boolean | null {
  if (!isHostUp) return false;
  const filter = { instance, eventType: 'worker_spawned', newestFirst: true, limit: 1 };
  const pid = view.journal(filter)[0]?.payload['pid'];
  if (typeof pid !== 'number') return null;
  const startedAt = thisMachine().startedAt(pid);
  return startedAt === undefined ? null : startedAt !== null;
}
