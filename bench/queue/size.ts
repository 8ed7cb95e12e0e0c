/** How much is measured: all of it, or what fits into a coffee break. */
export interface Size {
  rounds: number;
  pendingJobs: number;
  /** Jobs with a result of 100 KB. */
  largeResults: number;
  journalRows: readonly number[];
}

export const full: Size = {
  rounds: 9,
  pendingJobs: 100_000,
  largeResults: 100_000,
  journalRows: [10_000, 1_000_000],
};

export const quick: Size = {
  rounds: 3,
  pendingJobs: 10_000,
  largeResults: 5_000,
  journalRows: [10_000],
};
