import type { Transaction } from '../transaction.ts';
import { isDisabled } from './enabled.ts';

export interface SetInstanceEnabled {
  nowMs: number;
  instance: string;
  enabled: boolean;
  actor: string;
}

/**
 * What is disabled takes no new jobs; those that wait for it go on waiting, those that run finish. Saying
 * what is so already is no event. Whether there is such an instance is for the caller to know.
 */
export function setInstanceEnabled(
  tx: Transaction,
  { instance, enabled, actor }: SetInstanceEnabled,
): { changed: boolean } {
  if (isDisabled(tx, instance) !== enabled) return { changed: false };
  const eventType = enabled ? 'instance_enabled' : 'instance_disabled';
  tx.emit({ eventType, capability: instance, actor, payload: {} });
  return { changed: true };
}
