/** What a region may be at most; above it is refused, never guessed at. */
export const regionLimits = {
  patterns: 1_000,
  /** Of one pattern, as typed and as normalised. */
  characters: 1_024,
  /** What the braces of one pattern stand for. */
  alternatives: 256,
  /** What the braces of all patterns of a region stand for, together. */
  allAlternatives: 4_000,
  /**
   * Names behind the first wildcard, and characters of names with wildcards, in all patterns of a region together: what
   * comparing two regions may cost at worst is the product of both.
   */
  wildcards: 16_384,
} as const;
