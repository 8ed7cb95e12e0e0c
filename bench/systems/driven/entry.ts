import { join } from 'node:path';
import type { SideName } from '../../measure/figure.ts';
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
          (...args: unknown[]) => driver.ask({ do: ability, args }),
        ]),
      ) as Partial<Abilities>;
      return { ...told, ...acts, close: () => driver.close() };
    } catch (error) {
      await driver.close();
      throw error;
    }
  },
});
