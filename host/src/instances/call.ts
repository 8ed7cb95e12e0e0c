import { type Envelope, type JsonObject, type WireError, wireError } from '@capstan/protocol';
import { afterMs } from '../clock.ts';
import { HostError, messageOf } from '../errors.ts';
import type { AttemptOutcome, JobRow } from '../stores/index.ts';
import type { CallOutcome, CallRequest, LiveWorker } from '../workers/index.ts';
import { Gate } from './gate.ts';

/** A job without what it was given: that may be large, and is handed to the worker and then let go. */
export type JobInCall = Omit<JobRow, 'input' | 'result'>;

/** `overdue`: it was told to end, by a cancel or its deadline, and did not within its grace. */
export type BoundedOutcome = CallOutcome | { kind: 'overdue'; error: WireError };

export interface BoundedCall extends Pick<CallRequest, 'onFrame' | 'onChunk'> {
  job: JobInCall;
  kwargs: JsonObject;
  callId: string;
  /** What is left of the job's deadline. */
  deadlineMs: number | undefined;
  signal: AbortSignal;
  graceMs: number;
}

/**
 * One call that ends in bounded time once it is told to. A cancel and a deadline work alike: first the
 * worker is asked, then it has its grace. Nobody who is slow to hear it stands in its way from then on.
 */
export async function callBounded(worker: LiveWorker, call: BoundedCall): Promise<BoundedOutcome> {
  const { job, kwargs, callId, deadlineMs, signal, graceMs } = call;
  const gate = new Gate();
  const overdue = Promise.withResolvers<BoundedOutcome>();
  const timers: (() => void)[] = [];
  const giveGrace = (error: WireError) => {
    const late: BoundedOutcome = { kind: 'overdue', error };
    gate.open();
    timers.push(afterMs(graceMs, () => overdue.resolve(late)));
  };
  const onAbort = () => giveGrace(wireOf(endedBy(signal), job));
  signal.addEventListener('abort', onAbort, { once: true });
  let isLate = false;
  if (deadlineMs !== undefined) {
    const onDeadline = () => {
      isLate = true;
      void worker.cancel(callId, `its deadline of ${job.deadlineMs} ms passed`);
      giveGrace(tooLate(job));
    };
    timers.push(afterMs(deadlineMs, onDeadline));
  }
  const outcome = await Promise.race([
    worker.call({
      callId,
      target: targetOf(job),
      kwargs,
      envelope: envelopeOf(job),
      signal,
      ...listeners(call, gate),
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
    }),
    overdue.promise,
  ]);
  signal.removeEventListener('abort', onAbort);
  for (const callOff of timers) callOff();
  return isLate && !signal.aborted ? blameDeadline(outcome, job) : outcome;
}

/** What was made before the end was asked for is heard at its own pace; what comes afterwards is only heard. */
function listeners({ job, onFrame, onChunk }: BoundedCall, gate: Gate): Partial<CallRequest> {
  return {
    ...(onFrame === undefined ? {} : { onFrame: (frame) => gate.hold(onFrame(frame)) }),
    ...(onChunk === undefined || !job.stream
      ? {}
      : {
          stream: true,
          onChunk: (value, characters) =>
            gate.isOpen ? undefined : gate.hold(onChunk(value, characters)),
        }),
  };
}

/** A worker that honours our cancel calls itself cancelled; what the user asked for was a deadline. */
function blameDeadline(outcome: BoundedOutcome, job: JobInCall): BoundedOutcome {
  const wasCancelled = outcome.kind === 'error' && outcome.error.category === 'cancelled';
  return wasCancelled ? { kind: 'error', error: tooLate(job) } : outcome;
}

/** What an aborted attempt ends with: it was cancelled, or its job's time is over. */
export const endedBy = ({ reason }: AbortSignal): HostError =>
  reason instanceof HostError
    ? reason
    : new HostError('CANCELLED', messageOf(reason ?? 'cancelled'));

/** How an attempt ends that was told to end, whatever it still answers. */
export function endedOutcome(job: JobInCall, signal: AbortSignal, session: string): AttemptOutcome {
  const error = endedBy(signal);
  const kind = error.category === 'cancelled' ? 'cancelled' : 'failed';
  return { kind, error: wireOf(error, job), session };
}

function wireOf(error: HostError, job: JobInCall): WireError {
  const { category, code, message, hint, retriable } = error;
  return wireError({
    category,
    code,
    message: `${nameOf(job)}: ${message}`,
    retriable,
    ...(hint === undefined ? {} : { hint }),
  });
}

export const tooLate = (job: JobInCall): WireError =>
  wireError({
    category: 'transient',
    code: 'DEADLINE_EXCEEDED',
    message: `${nameOf(job)} did not end within its deadline of ${job.deadlineMs} ms`,
  });

/** `speech.transcribe`, or `vad.voice-activity.detect` for a task. */
export const nameOf = ({ capability, instance, action, task, method }: JobInCall): string =>
  [instance ?? capability, ...(task === null ? [action] : [task, method])].join('.');

const targetOf = ({ action, task, method }: JobInCall) =>
  task === null ? { action: action ?? '' } : { task, method: method ?? '' };

function envelopeOf({ jobId, runId, nodeId, actor, control }: JobInCall): Envelope {
  return {
    job_id: jobId,
    ...(runId === null ? {} : { run_id: runId, composition_id: runId }),
    ...(nodeId === null ? {} : { node_id: nodeId }),
    ...(actor === null ? {} : { actor }),
    ...(control === null ? {} : { control }),
  };
}
