import type { Context } from '../../context.ts';
import { inspect } from '../../inspect.ts';
import { callOf, type ListedJob } from '../../job-summary.ts';
import type { Observation } from '../../machine/observation.ts';
import type { JobStats, MachineReport } from '../../runtime.ts';

/** All that `capstan top` shows, as of one moment. */
export interface Snapshot extends Omit<MachineReport, 'hostPid'> {
  /** The folder of the workspace; null outside of any. */
  workspace: string | null;
  host: { pid: number } | null;
  jobs: JobsNow | null;
}

export interface JobsNow {
  counts: JobStats['byState'];
  /** Longest at it first. */
  running: JobNow[];
  /** In the order in which they are to begin: the first hundreds of them. */
  waiting: JobNow[];
  /** Cut off, and waiting for a person. */
  undecided: JobNow[];
}

export interface JobNow {
  id: string;
  call: string;
  instance: string;
  run: string | null;
  node: string | null;
  priority: number;
  submittedAt: string;
  startedAt: string | null;
  /** Why it does not run yet; null for one that runs, and where nobody has said. */
  waitReason: string | null;
}

/** So many of each kind are read: more than anybody watches, and little to read. */
const most = 300;

export async function snapshotOf(context: Context, observation: Observation): Promise<Snapshot> {
  const { hostPid, ...machine } = await observation.look();
  const { root } = observation;
  const jobs = root === null ? null : await jobsNow(context, hostPid !== null);
  return { ...machine, workspace: root, host: hostPid === null ? null : { pid: hostPid }, jobs };
}

function jobsNow(context: Context, hasHost: boolean): Promise<JobsNow> {
  return inspect(context, (view) => {
    const found = (state: ListedJob['state']): JobNow[] =>
      view
        .history({ state, limit: most, oldestFirst: true })
        .jobs.map((job) => jobNow(job, hasHost));
    return {
      counts: view.jobStats(context.io.nowMs()).byState,
      running: found('running').toSorted((a, b) => earlier(a.startedAt, b.startedAt)),
      waiting: found('pending').toSorted((a, b) => b.priority - a.priority),
      undecided: found('needs_decision'),
    };
  });
}

const jobNow = (job: ListedJob, hasHost: boolean): JobNow => ({
  id: job.jobId,
  call: callOf(job),
  instance: job.instance ?? job.capability,
  run: job.runId,
  node: job.nodeId,
  priority: job.priority,
  submittedAt: job.submittedAt,
  startedAt: job.startedAt,
  // What a host has said that is gone says nothing any more.
  waitReason: job.state !== 'pending' ? null : hasHost ? job.waitReason : 'no host is up',
});

const earlier = (a: string | null, b: string | null): number => ((a ?? '') < (b ?? '') ? -1 : 1);
