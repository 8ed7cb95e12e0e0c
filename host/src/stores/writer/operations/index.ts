import { finishAttempt, startAttempt } from './attempt.ts';
import { cancelJob, cancelRun } from './cancel.ts';
import { decideJob } from './decide.ts';
import { append, noteWaiting } from './notes.ts';
import { recover } from './recover.ts';
import { submitJobs } from './submit-jobs.ts';
import { submitRun } from './submit-run.ts';

export type { FinishDecision, StartDecision } from '../../../kernel/index.ts';
export type { CancelJobDecision, CancelRunReport } from './cancel.ts';
export type { DecideAnswer } from './decide.ts';
export type { WaitNote } from './notes.ts';
export type { RecoveryReport } from './recover.ts';

/** Every way to change the state of a workspace. Each runs inside one transaction, in the writer. */
export const operations = {
  submitJobs,
  submitRun,
  startAttempt,
  finishAttempt,
  cancelJob,
  cancelRun,
  decideJob,
  recover,
  noteWaiting,
  append,
};

export type Operations = typeof operations;
export type OperationName = keyof Operations;
/** `nowMs` is every operation's time; some need nothing else. */
export type Arguments<Name extends OperationName> =
  Parameters<Operations[Name]> extends [unknown, infer Given] ? Given : { nowMs: number };
export type Result<Name extends OperationName> = ReturnType<Operations[Name]>;
