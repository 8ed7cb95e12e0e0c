import type { Figure } from '../queue/figure.ts';
import { commandLine } from './figures/command-line.ts';
import { decision } from './figures/decision.ts';
import { eightProcesses } from './figures/eight-processes.ts';
import { oneProcess } from './figures/one-process.ts';
import { regions } from './figures/regions.ts';
import { throughHost } from './figures/through-host.ts';
import type { Size } from './size.ts';

/** By the name `--only` takes. Each gets an empty folder of its own. */
export const allFigures: { [name: string]: (folder: string, size: Size) => Promise<Figure[]> } = {
  decision,
  regions,
  'one-process': oneProcess,
  'eight-processes': eightProcesses,
  'through-host': throughHost,
  'command-line': commandLine,
};
