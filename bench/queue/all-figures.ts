import type { Figure } from './figure.ts';
import { memory } from './figures/memory.ts';
import { restart } from './figures/restart.ts';
import type { Size } from './size.ts';

/** By the name `--only` takes. Each gets an empty folder of its own. */
export const allFigures: { [name: string]: (folder: string, size: Size) => Promise<Figure[]> } = {
  memory,
  restart,
};
