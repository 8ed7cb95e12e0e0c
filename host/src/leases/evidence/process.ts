import type { ProcessIdentity } from '../../kernel/leases/lease.ts';
import { type Machine, startOf } from '../machine.ts';

/**
 * Whether the process that an identity names exists: null where nobody can tell, because it is one of another
 * namespace or hidden from this user. Another one with its number is not it.
 */
export function isProcessAlive(machine: Machine, identity: ProcessIdentity): boolean | null {
  if (identity.bootId !== machine.bootId) return false;
  if (identity.pidNamespace !== machine.pidNamespace) return null;
  const startedAt = startOf(machine, identity);
  if (startedAt === undefined) return null;
  return startedAt !== null && startedAt === identity.startedAt;
}
