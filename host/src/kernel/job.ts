import { isExpired } from './due.ts';
import type { CancelPhase, Effects, JobState } from './states.ts';

/**
 * The life of a job:
 *
 *     pending ──start──▶ running ──finish──▶ completed | failed | cancelled
 *      │ ▲                  │
 *      │ └── retry, rerun ◀─┴── interrupted ──▶ needs_decision ──▶ pending | failed | cancelled
 *      └── cancel, expire ──▶ cancelled | failed
 *
 * A job ends once. Whatever arrives after its end, or for an attempt that is no longer the current one,
 * is late and changes nothing.
 */
export interface Job {
  state: JobState;
  effects: Effects;
  /** Attempts started so far; the current one while running. */
  attempt: number;
  cancelRequested: boolean;
  /** Its results go to a reader while it runs, and to nobody afterwards. */
  stream?: boolean;
}

export type StartDecision =
  | { kind: 'started'; attempt: number }
  | { kind: 'refused'; state: JobState };

export function start(job: Job): StartDecision {
  return job.state === 'pending'
    ? { kind: 'started', attempt: job.attempt + 1 }
    : { kind: 'refused', state: job.state };
}

export type FinalState = 'completed' | 'failed' | 'cancelled';

export type FinishDecision = { kind: 'finished'; state: FinalState } | { kind: 'late' };

/**
 * Once a cancel was accepted the job ends as cancelled, however its attempt ends: a tool that noticed the
 * cancel may return half a result, or raise, and neither may pass for what was asked.
 */
export function finish(job: Job, attempt: number, outcome: FinalState): FinishDecision {
  if (job.state !== 'running' || job.attempt !== attempt) return { kind: 'late' };
  return { kind: 'finished', state: job.cancelRequested ? 'cancelled' : outcome };
}

/**
 * A cancel that takes its time goes `cooperative` (the tool is asked), perhaps `force` (its worker is being
 * ended), `done`. Never back, and nothing of it is told of an attempt that nobody cancels.
 */
export type CancelPhaseDecision =
  | { kind: 'moved'; from: CancelPhase | null; to: CancelPhase }
  | { kind: 'late' };

export function cancelPhase(
  job: Job & { cancelPhase: CancelPhase | null },
  to: CancelPhase,
): CancelPhaseDecision {
  if (job.state !== 'running' || !job.cancelRequested) return { kind: 'late' };
  const from = job.cancelPhase;
  return rank(to) > rank(from) ? { kind: 'moved', from, to } : { kind: 'late' };
}

const phases: readonly (CancelPhase | null)[] = [null, 'cooperative', 'force', 'done'];
const rank = (phase: CancelPhase | null): number => phases.indexOf(phase);

export type CancelDecision =
  | { kind: 'cancelled' }
  /** The attempt has to be aborted first; the job ends when it has. */
  | { kind: 'aborting'; alreadyRequested: boolean }
  | { kind: 'over'; state: FinalState };

export function cancel(job: Job): CancelDecision {
  const { state } = job;
  if (state === 'pending' || state === 'needs_decision') return { kind: 'cancelled' };
  if (state === 'running') return { kind: 'aborting', alreadyRequested: job.cancelRequested };
  return { kind: 'over', state };
}

export type ExpireDecision = { kind: 'expired' } | { kind: 'untouched' };

/**
 * A job whose time is over before it began will not begin. One that runs is ended by its owner, as by a
 * deadline; one that waits for a person goes on waiting, because its effect is still unknown.
 */
export function expire(job: Job, expiresAtMs: number | null, nowMs: number): ExpireDecision {
  const isOver = job.state === 'pending' && isExpired(expiresAtMs, nowMs);
  return { kind: isOver ? 'expired' : 'untouched' };
}

export type ReorderDecision =
  | { kind: 'moved'; priority: number }
  | { kind: 'unchanged' }
  | { kind: 'refused'; state: JobState };

export type Place = { priority: number } | { to: 'first' | 'last' };

/** What surrounds a job in line: the others' highest and lowest priority, and whether it is first or last. */
export interface Surroundings {
  highest: number;
  lowest: number;
  isFirst: boolean;
  isLast: boolean;
}

/** Only what waits can be moved. To be first may take a priority beyond what can be asked for. */
export function reorder(
  job: Job,
  priority: number,
  place: Place,
  line: Surroundings,
): ReorderDecision {
  if (job.state !== 'pending') return { kind: 'refused', state: job.state };
  if ('priority' in place) {
    return place.priority === priority
      ? { kind: 'unchanged' }
      : { kind: 'moved', priority: place.priority };
  }
  if (place.to === 'first') {
    return line.isFirst ? { kind: 'unchanged' } : { kind: 'moved', priority: line.highest + 1 };
  }
  return line.isLast ? { kind: 'unchanged' } : { kind: 'moved', priority: line.lowest - 1 };
}

export type RecoverDecision =
  | { kind: 'untouched' }
  | { kind: 'rerun' }
  | { kind: 'lost' }
  | { kind: 'needs_decision'; why: string }
  | { kind: 'cancelled' };

/**
 * What becomes of a job whose host is gone. An attempt at an `unsafe` action may have had its effect, and
 * nobody can know, so it is never repeated silently. A job that was interrupted `patience` times is
 * likely what ends the host, and is parked as well. The reader of a stream is gone with the host and has had
 * a part of it: it is lost, even where nothing shows that it had begun.
 */
export function recover(job: Job, interruptions: number, patience: number): RecoverDecision {
  if (job.stream === true && job.state === 'pending') return { kind: 'lost' };
  if (job.state !== 'running') return { kind: 'untouched' };
  if (job.cancelRequested) return { kind: 'cancelled' };
  if (job.stream === true) return { kind: 'lost' };
  if (job.effects === 'unsafe') {
    const why = `attempt ${job.attempt} was interrupted, and its action is declared unsafe to repeat`;
    return { kind: 'needs_decision', why };
  }
  if (interruptions + 1 >= patience) {
    return { kind: 'needs_decision', why: `interrupted ${interruptions + 1} times in a row` };
  }
  return { kind: 'rerun' };
}

export type Decision = 'rerun' | 'fail';
export type DecideDecision =
  | { kind: 'rerun' }
  | { kind: 'failed' }
  | { kind: 'refused'; state: JobState };

/** A person's answer to a job that needs one. */
export function decide(job: Job, decision: Decision): DecideDecision {
  if (job.state !== 'needs_decision') return { kind: 'refused', state: job.state };
  return decision === 'rerun' ? { kind: 'rerun' } : { kind: 'failed' };
}
