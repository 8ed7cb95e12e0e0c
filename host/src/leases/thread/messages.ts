import type { SentError } from '../../stores/writer/messages.ts';
import type { LedgerOptions } from '../ledger.ts';
import type { OperationName } from '../operations/index.ts';

/** What passes between a ledger's thread and the one that asks it. */

export interface ThreadOptions {
  path: string;
  options: Omit<LedgerOptions, 'machine'>;
}

export const looks = ['peek', 'check', 'state', 'log', 'compact', 'verify'] as const;
export type LookName = (typeof looks)[number];

export interface Asked {
  id: number;
  name: OperationName | LookName;
  args: readonly unknown[];
  /** Boot clock, when it was asked: trust counts from there. */
  startedMs: number;
}

export type ToThread =
  | { kind: 'asked'; these: Asked[] }
  | { kind: 'watch'; isOn: boolean }
  | { kind: 'close' };

export type Told = { id: number; value: unknown } | { id: number; error: SentError };

export type FromThread =
  | { kind: 'open' }
  | { kind: 'refused'; error: SentError }
  | { kind: 'told'; these: Told[]; hasChanged: boolean }
  /** Somebody else has. */
  | { kind: 'changed' }
  | { kind: 'closed' };
