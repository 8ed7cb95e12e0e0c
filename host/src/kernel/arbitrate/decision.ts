import type { Claim } from '../claims/claim.ts';
import type { Overlap } from '../claims/conflict.ts';
import type { Lease, Waiter } from '../leases/lease.ts';

/** May this holder have this, now? */
export interface ClaimRequest {
  holder: string;
  runId: string | null;
  /** In order of preference: one of them is granted whole, or nothing is. */
  alternatives: readonly (readonly Claim[])[];
  /** The place of one that waits; null for one that asks for the first time, and is behind all of them. */
  ticket: number | null;
  /** The lease of which the asked one would be a part: neither it nor those above it are in the way. */
  parent?: string | null;
  /** The best of the alternatives, not the first that can be had. */
  isRanked?: boolean;
  /** An operator's word: claims of others that may be put aside are. Wrong requests stay wrong. */
  isForced?: boolean;
}

/** What there is of each measured or declared resource; one that is not here is known to nobody. */
export interface Capacity {
  readonly [resource: string]: ResourceCapacity;
}

export interface ResourceCapacity {
  total: number;
  /** What may be granted of it: `total` less the headroom. */
  budget: number;
  /** In use right now by anybody, ours included, as measured; 0 for what is only counted. */
  used: number;
  /** Of that, by the process tree of each lease; null where use cannot be told apart. */
  usedBy: { readonly [leaseId: string]: number } | null;
}

export interface Lane {
  /** Exclusive whatever a request says. */
  isExclusive?: boolean;
  /** Nothing else may be held while it is, and it is not granted while anything is. */
  isAlone?: boolean;
  /** Patterns that come with it. */
  paths?: readonly string[];
  /** The class that its holders count in. */
  class?: string;
}

export interface Policy {
  lanes: { readonly [name: string]: Lane };
  /** A region that overlaps another one is granted all the same, and told of. */
  toleratesOverlap: boolean;
  /** One that waits for an amount may be overtaken for so long. */
  agingMs: number;
  /** The real path of the tree that the lanes' paths are in; needed where a lane has any. */
  tree?: string;
  /** The filesystem of that tree takes `A` and `a` for the same name. */
  foldsCase?: true;
}

export interface World {
  live: readonly Lease[];
  waiters: readonly Waiter[];
  capacity: Capacity;
}

/** Who is in the way. */
export interface Blocker {
  /** Of a lease, or null for a stranger or one that waits. */
  leaseId: string | null;
  ticket: number | null;
  holder: string;
  claim: Claim | null;
  /** Boot clock. */
  sinceMs: number | null;
  untilMs: number | null;
  purpose: string | null;
  /** Of a region: a pattern of each side, and a path that both match. */
  overlap?: Overlap;
}

export type Decision =
  | {
      kind: 'granted';
      claims: readonly Claim[];
      /** Index into the request's alternatives. */
      alternative: number;
      /** Tickets of those who wait for the same and were passed, as the policy allows. */
      overtaken: readonly number[];
      /** Tolerated. */
      overlaps: readonly Blocker[];
    }
  | {
      kind: 'waiting';
      /** From the table of refusals. */
      code: string;
      /** A sentence with numbers. */
      reason: string;
      blockers: readonly Blocker[];
      /** What is short, where it is an amount: this much more has to become free. */
      shortfall: { resource: string; amount: number } | null;
      hint: string;
    }
  | {
      kind: 'refused';
      code: string;
      reason: string;
      blockers: readonly Blocker[];
      hint: string;
    };
