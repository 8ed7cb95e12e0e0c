/**
 * What a person sees of a run, as plain data. `reduce` turns host events into the next tree, `render`
 * turns a tree into lines; neither knows of clocks, terminals or the host.
 */
export interface Tree {
  name: string;
  runId: string | null;
  state: 'starting' | 'running' | 'completed' | 'failed' | 'cancelled';
  startedAtMs: number;
  finishedAtMs: number | null;
  /** Set while a cancel was asked for and the run has not ended. */
  notice: string | null;
  /** In the order of the composition's file. */
  nodes: readonly TreeNode[];
}

export type NodeState =
  | 'waiting'
  | 'pending'
  | 'running'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'skipped'
  | 'needs_decision';

export interface TreeNode {
  id: string;
  /** What it calls: `ffmpeg.convert`, or `vad.voice-activity.detect` for a task's method. */
  target: string;
  /** Nodes it waits for. */
  after: readonly string[];
  state: NodeState;
  jobId: string | null;
  attempt: number;
  /** 0 to 1; null while the tool has not said. */
  progress: number | null;
  /** What the tool, or the host on its way to the tool, last said. */
  message: string;
  waitReason: string | null;
  startedAtMs: number | null;
  finishedAtMs: number | null;
  /** Finished in an earlier run of the same command; not run again. */
  reused: boolean;
}

export const hasEnded = (state: NodeState): boolean =>
  state !== 'waiting' && state !== 'pending' && state !== 'running';
