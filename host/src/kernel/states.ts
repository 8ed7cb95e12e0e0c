/** The names of all states. Chosen once: the journal, the command line and the docs use the same words. */

export type Effects = 'pure' | 'idempotent' | 'unsafe';

/** pending -> running(attempt) -> completed | failed | cancelled | needs_decision */
export type JobState =
  | 'pending'
  | 'running'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'needs_decision';

export type RunState = 'running' | 'completed' | 'failed' | 'cancelled';

/** A node is `waiting` until its needs are completed; from then on its state is that of its job. */
export type NodeState = 'waiting' | 'skipped' | JobState;

/** `needs_decision` is not an end: a person may still say that the job runs again. */
export function isFinal(state: NodeState): boolean {
  return (
    state === 'completed' || state === 'failed' || state === 'cancelled' || state === 'skipped'
  );
}

/** How far the cancel of a running job has come: asked to stop, being ended by force, ended. */
export type CancelPhase = 'cooperative' | 'force' | 'done';
