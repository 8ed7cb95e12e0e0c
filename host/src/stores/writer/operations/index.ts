import { appendAccounts } from './accounts.ts';
import { finishAttempt, startAttempt } from './attempt.ts';
import { cancelJob, cancelRun, noteCancelPhase } from './cancel.ts';
import { decideJob } from './decide.ts';
import { expireJobs } from './expire.ts';
import {
  configureInstance,
  forgetInstance,
  resetProfiles,
  setInstanceEnabled,
  setInstanceEnv,
} from './instances.ts';
import { append, noteWaiting } from './notes.ts';
import { recover } from './recover.ts';
import { reorderJob } from './reorder.ts';
import { submitJobs } from './submit-jobs.ts';
import { retryRun } from './retry-run.ts';
import { submitRun } from './submit-run.ts';

export type { CancelPhaseDecision, Place, StartDecision } from '../../../kernel/index.ts';
export { accountTypes } from './accounts.ts';
export type { FinishDecision } from './attempt.ts';
export type { CancelJobDecision, CancelRunReport } from './cancel.ts';
export type { DecideAnswer } from './decide.ts';
export type { ExpireReport } from './expire.ts';
export type { WaitNote } from './notes.ts';
export type { RunRetried } from './retry-run.ts';
export type { RecoveryReport } from './recover.ts';
export type { Reordered } from './reorder.ts';

/** Every way to change the state of a workspace. Each runs inside one transaction, in the writer. */
export const operations = {
  submitJobs,
  submitRun,
  retryRun,
  startAttempt,
  finishAttempt,
  cancelJob,
  cancelRun,
  noteCancelPhase,
  expireJobs,
  reorderJob,
  setInstanceEnabled,
  configureInstance,
  setInstanceEnv,
  forgetInstance,
  resetProfiles,
  decideJob,
  recover,
  noteWaiting,
  append,
  appendAccounts,
};

export type Operations = typeof operations;
export type OperationName = keyof Operations;
/** `nowMs` is every operation's time; some need nothing else. */
export type Arguments<Name extends OperationName> =
  Parameters<Operations[Name]> extends [unknown, infer Given] ? Given : { nowMs: number };
export type Result<Name extends OperationName> = ReturnType<Operations[Name]>;
