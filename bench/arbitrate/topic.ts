import type { Bench } from '../measure/bench.ts';
import type { Figure } from '../measure/figure.ts';
import { commands } from './commands.ts';
import { decisions } from './decisions.ts';
import { regions } from './regions.ts';

/** May this holder have this? Decided in memory, and as a command. */
export const arbitrate = async (bench: Bench): Promise<Figure[]> => [
  ...(await decisions(bench)),
  ...(await regions(bench)),
  ...(await commands(bench)),
];
