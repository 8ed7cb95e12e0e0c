import type { Bench } from '../measure/bench.ts';
import type { Figure } from '../measure/figure.ts';
import { host } from './host.ts';
import { workers } from './workers.ts';

/** What a host and its workers hold when they rest, and a host with much behind it. */
export const memory = async (bench: Bench): Promise<Figure[]> => [
  ...(await workers(bench)),
  ...(await host(bench)),
];
