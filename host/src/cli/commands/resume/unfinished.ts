import type { JobSummary, RunRow, WorkspaceView } from '../../runtime.ts';

/** What there is to go on with, and what cannot go on by itself. */
export interface Unfinished {
  /** Jobs that run or wait, in runs and outside of them. */
  open: number;
  /** Of these, those that wait for an instance to be enabled. */
  held: { instance: string; jobs: number }[];
  runs: RunRow[];
  /** Jobs of which a person has to say whether they are repeated. */
  decisions: JobSummary[];
}

/** Runs and decisions that are looked at; there may be any number of jobs. */
const mostRuns = 50;
const mostDecisions = 20;

export function unfinishedIn(view: WorkspaceView, nowMs: number): Unfinished {
  return {
    ...openIn(view, nowMs),
    runs: view.runs({ state: 'running', limit: mostRuns }),
    decisions: view.history({ state: 'needs_decision', limit: mostDecisions }).jobs,
  };
}

export function openIn(view: WorkspaceView, nowMs: number): Pick<Unfinished, 'open' | 'held'> {
  const { byState, byCapability } = view.jobStats(nowMs);
  const held = view
    .disabledInstances()
    .map((instance) => ({ instance, jobs: byCapability[instance]?.pending ?? 0 }))
    .filter(({ jobs }) => jobs > 0);
  return { open: byState.pending + byState.running, held };
}

/** Nothing of it goes on by itself any more. */
export const isAtRest = ({ open, held }: Pick<Unfinished, 'open' | 'held'>): boolean =>
  open <= held.reduce((sum, { jobs }) => sum + jobs, 0);
