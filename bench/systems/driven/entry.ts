import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SideName } from '../../measure/figure.ts';
import { SideFailed } from '../../measure/sides.ts';
import { Asked } from '../asked.ts';
import type { Abilities, Ability, System, SystemEntry } from '../system.ts';
import { installPackages } from './packages.ts';

/** A system that a driver of ours puts to work: it starts the system's server and is its client. */
export interface Driven {
  name: SideName;
  /** With its pinned packages (`package.json` and its lock) and `driver.ts`. */
  folder: string;
  /**
   * Finds what the machine has to have, before anything is installed: the program of its server, where that
   * is not in its packages. Throws SideFailed with what to install where there is none.
   */
  check: () => string | void;
  abilities: readonly Ability[];
  cannot: { readonly [ability in Ability]?: string };
}

export const driven = ({ name, folder, check, abilities, cannot }: Driven): SystemEntry => ({
  name,
  kind: 'neighbour',
  abilities,
  cannot,
  open: async ({ cache, data, say }) => {
    if (!existsSync('/proc/self/stat'))
      throw new SideFailed('what it costs is read from /proc, which this machine has not');
    const program = check() ?? '';
    const packages = await installPackages(folder, cache, say);
    const driver = new Asked(name, [
      process.execPath,
      join(folder, 'driver.ts'),
      packages,
      data,
      program,
    ]);
    try {
      const told = await driver.ask<Pick<System, 'version' | 'durability'>>({ do: 'open' }, 60);
      const acts = Object.fromEntries(
        abilities.map((ability) => [
          ability,
          (...args: unknown[]) => driver.ask({ do: ability, args }, secondsFor(ability)),
        ]),
      ) as Partial<Abilities>;
      return { ...told, ...acts, close: () => driver.close() };
    } catch (error) {
      await driver.close();
      throw error;
    }
  },
});

/** On a busy machine ten thousand jobs of the slowest take minutes. */
const secondsFor = (ability: Ability): number => (ability === 'memoryAfter' ? 1_800 : 300);
