import type { Bench } from '../measure/bench.ts';
import type { Figure } from '../measure/figure.ts';
import { commandLine } from './command-line.ts';
import { eightProcesses } from './eight-processes.ts';
import { oneProcess } from './one-process.ts';

/** What a lease costs, beside what it cannot do without: by one process, by eight, through a host, as a command. */
export const leases = async (bench: Bench): Promise<Figure[]> => [
  ...(await oneProcess(bench)),
  ...(await eightProcesses(bench)),
  ...(await commandLine(bench)),
];
