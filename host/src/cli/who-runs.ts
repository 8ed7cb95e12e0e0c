import type { AskedHost } from './host-client/index.ts';

/** Who runs what was just accepted, in a sentence; what to type where nobody does yet. */
export function whoRuns(
  { pid, isResident }: Pick<AskedHost, 'pid' | 'isResident'>,
  what: 'it' | 'them' = 'it',
): string {
  if (pid === null) return `No host is up: \`capstan up\` or \`capstan resume\` runs ${what}.`;
  return isResident
    ? `The host (process ${pid}) runs ${what}.`
    : `Process ${pid} runs ${what} while it is up, and the next host goes on: \`capstan resume\`.`;
}
