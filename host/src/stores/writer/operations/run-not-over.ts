import { HostError } from '../../../errors.ts';

export const runNotOver = (runId: string): HostError =>
  new HostError('RUN_NOT_OVER', `${runId} is still running, so it cannot be retried`, {
    hint: `\`capstan wait ${runId}\` waits for its end, and \`capstan cancel ${runId}\` ends it now.`,
    details: { state: 'running' },
  });
