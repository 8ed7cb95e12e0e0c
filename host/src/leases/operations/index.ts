import type { LedgerState } from '../../kernel/leases/index.ts';
import type { Durability } from '../../stores/ledger/index.ts';
import { acquire } from './acquire.ts';
import { adopt, attribute, halt, leaveLine, release, renew, spawn } from './change.ts';
import { guardFile } from './guard-file.ts';
import type { Place } from './place.ts';

/** Everything that changes a ledger, by name: the same in this thread and in one of its own. */
export const operations = {
  acquire,
  release,
  renew,
  adopt,
  halt,
  spawn,
  attribute,
  leaveLine,
  guardFile,
} as const;

export type OperationName = keyof typeof operations;
type WithoutPlace<F> = F extends (place: Place, ...args: infer Args) => unknown ? Args : never;
export type Arguments<Name extends OperationName> = WithoutPlace<(typeof operations)[Name]>;
export type Result<Name extends OperationName> = ReturnType<(typeof operations)[Name]>;

/**
 * What a process-bound lease grants ends with the machine, so nothing of it has to be on disk before. All that has to
 * do with reservations has to be. `state` is what was known last.
 */
export function durabilityOf(
  name: OperationName,
  args: readonly unknown[],
  state: LedgerState | null,
): Durability {
  switch (name) {
    case 'leaveLine':
    case 'spawn':
    case 'attribute':
      return 'quick';
    case 'acquire': {
      const [{ pid }] = args as Arguments<'acquire'>;
      return pid === undefined ? 'synced' : 'quick';
    }
    default: {
      const holder = state?.leases.get(args[0] as string)?.holder;
      return holder !== undefined && holder.process !== null ? 'quick' : 'synced';
    }
  }
}
