import type { SystemEntry } from './system.ts';

/** All that can be measured beside us, in the order in which they are. */
export const entries: readonly SystemEntry[] = [];
