import type { Promised } from './budgets.ts';

/** The budgets of the design, in its order and its words, and the figures that tell whether they are kept. */
export const promises: readonly Promised[] = [];
