import type { AskedHost } from './host-client/index.ts';

/** Who runs what was just accepted, in a sentence; what to type where nobody does yet. */
export function whoRuns({ pid, isResident }: Pick<AskedHost, 'pid' | 'isResident'>): string {
  if (pid === null) return 'No host is up: it is run by `capstan up` or `capstan resume`.';
  return isResident
    ? `The host (process ${pid}) runs it.`
    : `Process ${pid} runs it while it is up, and the next host goes on: \`capstan resume\`.`;
}
