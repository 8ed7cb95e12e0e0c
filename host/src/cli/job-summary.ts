import type { JobRow } from './runtime.ts';
import type { Paint, Style } from './terminal/style.ts';

/** What a list needs of a job: not what was given to it, nor what came of it, which may be large. */
export type ListedJob = Omit<JobRow, 'input' | 'result' | 'control'>;

/** A job as `jobs --json` lists it; `job --json` adds input, result, attempts and files. */
export interface JobSummary {
  id: string;
  state: JobRow['state'];
  capability: string;
  /** The default one has the name of its capability. */
  instance: string;
  action: string | null;
  task: string | null;
  method: string | null;
  /** Its results went to a reader while it ran. */
  stream: boolean;
  effects: string;
  run: string | null;
  node: string | null;
  attempt: number;
  priority: number;
  waitReason: string | null;
  cancelRequested: boolean;
  cancelPhase: JobRow['cancelPhase'];
  actor: string | null;
  key: string | null;
  notBefore: string | null;
  expiresAt: string | null;
  deadlineMs: number | null;
  retry: JobRow['retry'];
  submittedAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  error: JobRow['error'];
}

export const summaryOf = (job: ListedJob): JobSummary => ({
  id: job.jobId,
  state: job.state,
  capability: job.capability,
  instance: job.instance ?? job.capability,
  action: job.action,
  task: job.task,
  method: job.method,
  stream: job.stream,
  effects: job.effects,
  run: job.runId,
  node: job.nodeId,
  attempt: job.attempt,
  priority: job.priority,
  waitReason: job.waitReason,
  cancelRequested: job.cancelRequested,
  cancelPhase: job.cancelPhase,
  actor: job.actor,
  key: job.idempotencyKey,
  notBefore: job.notBefore,
  expiresAt: job.expiresAt,
  deadlineMs: job.deadlineMs,
  retry: job.retry,
  submittedAt: job.submittedAt,
  startedAt: job.startedAt,
  finishedAt: job.finishedAt,
  error: job.error,
});

/** `ffmpeg.convert`, `ffmpeg-fast.convert` on an instance with a name, or `vad.voice-activity.detect`. */
export function callOf(
  job: Pick<JobRow, 'capability' | 'instance' | 'action' | 'task' | 'method'>,
): string {
  const name = job.instance ?? job.capability;
  return job.action === null
    ? `${name}.${job.task ?? '?'}.${job.method ?? '?'}`
    : `${name}.${job.action}`;
}

/** `speech`, or `speech-large (speech)`; nothing where there is neither. */
export function instanceText({
  capability,
  instance,
}: {
  capability?: string | null | undefined;
  instance?: string | null | undefined;
}): string | undefined {
  if (capability === null || capability === undefined) return undefined;
  if (instance === null || instance === undefined) return capability;
  return `${instance} (${capability})`;
}

export function paintOf(state: JobRow['state'], style: Style): Paint {
  switch (state) {
    case 'completed':
      return style.green;
    case 'failed':
      return style.red;
    case 'running':
      return style.cyan;
    case 'cancelled':
    case 'needs_decision':
      return style.yellow;
    case 'pending':
      return style.dim;
  }
}
