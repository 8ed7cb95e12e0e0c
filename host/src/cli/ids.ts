import { HostError } from '../errors.ts';
import { shellWord } from './terminal/shell.ts';

export const isRunId = (id: string): boolean => id.startsWith('run_');

/** Throws JOB_NOT_FOUND for the id of a run, which is easily taken for one of its jobs. */
export function requireJobId(id: string): void {
  if (!isRunId(id)) return;
  throw new HostError('JOB_NOT_FOUND', `${id} is a run, not a job.`, {
    hint: `Its jobs: \`capstan jobs --run ${shellWord(id)}\`.`,
    details: { id },
  });
}

/** Throws JOB_NOT_FOUND for the id of a job, which is easily taken for its run. */
export function requireRunId(id: string): void {
  if (!id.startsWith('job_')) return;
  throw new HostError('JOB_NOT_FOUND', `${id} is a job, not a run.`, {
    hint: `\`capstan job ${shellWord(id)}\` names its run, where it has one.`,
    details: { id },
  });
}
