/**
 * What a holder wants, and what a lease grants.
 *
 * Exclusive claims on the same thing exclude each other and every shared one; shared ones go together.
 */
export type Claim = QuantityClaim | RegionClaim | NameClaim;

export type Mode = 'shared' | 'exclusive';

/**
 * So much of something that is there in a limited amount. `amount` is a whole number above 0 in the base unit of the
 * resource: bytes (`ram`, `gpu:0/vram`, `disk:/`), thousandths of a core (`cpu`), or pieces (`license:matlab`,
 * `slots:<instance>`, `class:<name>`).
 */
export interface QuantityClaim {
  kind: 'quantity';
  resource: string;
  amount: number;
}

/** Paths in a tree, by glob. Patterns are normalised already; see `regions`. */
export interface RegionClaim {
  kind: 'region';
  /** The real path of the tree's root. */
  tree: string;
  patterns: readonly string[];
  mode: Mode;
  /** The tree's filesystem takes `A` and `a` for the same name. */
  foldsCase?: true;
}

/** A lane (`lane:backend`) or any other name that excludes (`name:deploy`). */
export interface NameClaim {
  kind: 'name';
  name: string;
  mode: Mode;
}
