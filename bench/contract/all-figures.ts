import type { Figure } from '../queue/figure.ts';
import type { Bench } from './bench.ts';
import { accounts } from './figures/accounts.ts';
import { idle } from './figures/idle.ts';
import { inFlight } from './figures/in-flight.ts';
import { load } from './figures/load.ts';
import { records } from './figures/records.ts';
import { streams } from './figures/streams.ts';

/** By the name `--only` takes. */
export const allFigures: { [name: string]: (bench: Bench) => Promise<Figure[]> } = {
  records,
  'in-flight': inFlight,
  streams,
  accounts,
  idle,
  load,
};
