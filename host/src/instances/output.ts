import type { DiagnosticLine, JobRow } from '../stores/index.ts';
import type { OutputLine } from '../workers/index.ts';

/** The job behind each call in flight. */
export type JobsByCall = ReadonlyMap<string, Pick<JobRow, 'jobId' | 'runId' | 'nodeId'>>;

/**
 * What a worker printed, as a line of the diagnostics. Raw output belongs to the worker's session only; a
 * record names its call, and so its job.
 */
export function diagnosticLine(
  { stream, text, record, droppedBytes }: OutputLine,
  capability: string,
  session: string,
  jobs: JobsByCall,
): Omit<DiagnosticLine, 'ts'> & { ts?: string } {
  if (record === undefined) {
    const dropped = droppedBytes === undefined ? {} : { droppedBytes };
    return { source: stream, message: text, capability, session, ...dropped };
  }
  const { ts, level, logger, message, excText, callId } = record;
  const job = callId === undefined ? undefined : jobs.get(callId);
  return {
    ts,
    source: 'record',
    level,
    logger,
    message,
    capability,
    session,
    ...(excText === undefined ? {} : { exceptionText: excText }),
    ...(callId === undefined ? {} : { callId }),
    ...(job === undefined ? {} : attribution(job)),
  };
}

const attribution = ({ jobId, runId, nodeId }: Pick<JobRow, 'jobId' | 'runId' | 'nodeId'>) => ({
  jobId,
  ...(runId === null ? {} : { runId }),
  ...(nodeId === null ? {} : { nodeId }),
});
