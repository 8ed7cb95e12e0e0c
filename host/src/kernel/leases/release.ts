import { allowed, type Authority, type Do, type Refused } from './decided.ts';
import { childrenOf, type LedgerState } from './state.ts';

/** Ends a lease and its children. */
export function release(
  state: LedgerState,
  leaseId: string,
  { authority, reason = null }: { authority: Authority; reason?: string | null },
): Do<'released'> | Refused {
  const found = allowed(state, leaseId, authority);
  if (found.kind === 'refused') return found;
  const who =
    authority.kind === 'holder' ? 'by its holder' : `by ${authority.name}, as an operator`;
  const because = reason === null ? who : `${who}: ${reason}`;
  const payload = { because, children: childrenOf(state, leaseId) };
  return { kind: 'do', event: { type: 'released', leaseId, payload } };
}
