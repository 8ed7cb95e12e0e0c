/**
 * What can be asked of a job, from the least to the most. In one place, so that the door, the shape of a
 * composition and the store's own transaction say the same.
 */
export const bounds = {
  priority: { least: 0, most: 1_000_000 },
  /** Delays, deadlines and pauses; a leap year. Longer ones are a mistake of units. */
  durationMs: { least: 0, most: 366 * 24 * 3_600_000 },
  retryAttempts: { least: 1, most: 100 },
  retryFactor: { least: 1, most: 100 },
  retryJitter: { least: 0, most: 1 },
  keyChars: { least: 1, most: 512 },
  labelChars: { least: 1, most: 256 },
} as const;
