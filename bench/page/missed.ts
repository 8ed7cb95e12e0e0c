/** Why a figure misses its budget, and what is to be tried next. The page shows it; a miss without one ends it with 1. */
export interface Explanation {
  reason: string;
  next: string;
}

/** By the id of the figure. One whose figure meets its budgets again is told to be stale. */
export const missed: { readonly [figure: string]: Explanation } = {};
