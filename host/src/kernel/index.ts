export type { House, Holder, WaitReason } from './admit.ts';
export { admit, heldUp, lanesInUse, whyWaiting } from './admit.ts';
export type { ParsedAmount, Unit } from './amount.ts';
export { amountText, bytesText, parseAmount, unitOf } from './amount.ts';
export { bounds } from './bounds.ts';
export { dueInMs, isExpired } from './due.ts';
export type {
  CancelDecision,
  CancelPhaseDecision,
  DecideDecision,
  Decision,
  ExpireDecision,
  FinalState,
  FinishDecision,
  Job,
  Place,
  RecoverDecision,
  ReorderDecision,
  StartDecision,
  Surroundings,
} from './job.ts';
export { cancel, cancelPhase, decide, expire, finish, recover, reorder, start } from './job.ts';
export type {
  CountedResource,
  DeclaredRefusal,
  LeaseRules,
  LivenessRules,
} from './lease-rules.ts';
export type { Waiting } from './line.ts';
export { goesBefore, Line } from './line.ts';
export type { Repetition, Reuse } from './reuse.ts';
export { reusable } from './reuse.ts';
export type { FailedAttempt, Failure, RetryDecision, RetryPolicy } from './retry.ts';
export { nextRetry, pauseMs, retryDefaults } from './retry.ts';
export type { RunAdvance, RunPlan } from './run.ts';
export { advanceRun } from './run.ts';
export { RunProgress } from './run-progress.ts';
export type { CancelPhase, Effects, JobState, NodeState, RunState } from './states.ts';
export { isFinal } from './states.ts';
