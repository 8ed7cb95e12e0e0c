import type { Bench } from '../measure/bench.ts';
import type { Figure } from '../measure/figure.ts';
import { bigValue } from './big-value.ts';
import { chainsAndFans } from './chains-and-fans.ts';

/** What a composition costs beyond its nodes, by its shape and its size. */
export const graphs = async (bench: Bench): Promise<Figure[]> => [
  ...(await chainsAndFans(bench)),
  await bigValue(bench),
];
