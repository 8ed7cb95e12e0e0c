import { invariant } from '../../../errors.ts';
import type { EventOrigin, EventText } from '../../specs.ts';
import type { Transaction } from '../transaction.ts';

export interface AppendAccounts {
  nowMs: number;
  about: EventOrigin;
  accounts: EventText[];
}

/** What a tool may account for under a name that others know; whatever else it tells is a `task_account`. */
export const accountTypes: ReadonlySet<string> = new Set([
  'task_account',
  'result_saved',
  'cache_hit',
]);

/** The words of a tool about one call, of which there may be thousands. */
export function appendAccounts(tx: Transaction, { about, accounts }: AppendAccounts): void {
  for (const { eventType } of accounts) {
    invariant(accountTypes.has(eventType), `${eventType} is not for tools to tell`);
  }
  const { runId = null, nodeId = null } = about;
  tx.reportTexts({ compositionId: nodeId === null ? null : runId, ...about }, accounts);
}
