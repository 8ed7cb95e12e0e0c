export type { House, Holder, WaitReason } from './admit.ts';
export { admit, lanesInUse, whyWaiting } from './admit.ts';
export type {
  CancelDecision,
  DecideDecision,
  Decision,
  FinalState,
  FinishDecision,
  Job,
  RecoverDecision,
  StartDecision,
} from './job.ts';
export { cancel, decide, finish, recover, start } from './job.ts';
export type { Waiting } from './line.ts';
export { Line } from './line.ts';
export type { RunAdvance, RunPlan } from './run.ts';
export { advanceRun } from './run.ts';
export type { Effects, JobState, NodeState, RunState } from './states.ts';
export { isFinal } from './states.ts';
