import { invariant } from '../errors.ts';
import type { Mode, RegionClaim } from '../kernel/claims/claim.ts';

export type ResolvedRegion =
  | { kind: 'region'; claim: RegionClaim }
  | { kind: 'refused'; code: string; reason: string; hint: string };

/** Patterns as typed, in the tree as it really is: links followed, case as the filesystem takes it. */
export const resolveRegion = (
  _tree: string,
  _patterns: readonly string[],
  _mode?: Mode,
): ResolvedRegion => invariant(false, 'this is being built') as never;
