import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SideName } from '../measure/figure.ts';
import { SideFailed } from '../measure/sides.ts';
import { entries } from './entries.ts';
import { systemsFolder } from './folder.ts';
import type { Abilities, Ability, System, SystemEntry } from './system.ts';

/** What is told of a system that was to be measured beside us. */
export interface Told {
  version?: string;
  durability?: string;
  /** Why it was not measured at all. */
  absent?: string;
  cannot: { readonly [ability in Ability]?: string };
}

/** The systems beside us, each installed and started when a topic first asks for it. */
export class Systems {
  readonly #wanted: readonly SystemEntry[];
  readonly #data: string;
  readonly #say: (text: string) => void;
  readonly #open = new Map<SideName, { system: System; data: string }>();
  readonly #told = new Map<SideName, Told>();

  constructor(wanted: readonly SystemEntry[], data: string, say: (text: string) => void) {
    this.#wanted = wanted;
    this.#data = data;
    this.#say = say;
  }

  /** One side for each system that has this ability, ready to be measured in turn. */
  async sides<A extends Ability>(
    ability: A,
    ...args: Parameters<Abilities[A]>
  ): Promise<{ [side in SideName]?: () => ReturnType<Abilities[A]> }> {
    const sides: { [side in SideName]?: () => ReturnType<Abilities[A]> } = {};
    for (const entry of this.#wanted) {
      if (!entry.abilities.includes(ability)) continue;
      // oxlint-disable-next-line no-await-in-loop -- one installs and starts at a time
      const system = await this.#get(entry);
      const act: System[A] | undefined = system?.[ability];
      if (system === null || act === undefined) continue;
      sides[entry.name] = () => Reflect.apply(act, system, args) as ReturnType<Abilities[A]>;
    }
    return sides;
  }

  /** What has been learned of each so far. */
  told(): { [side in SideName]?: Told } {
    return Object.fromEntries(this.#told);
  }

  /** Ends all that are open, so that none is at work while others are measured. They start again when asked for. */
  async rest(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(open.map(({ system }) => system.close()));
    for (const { data } of open) rmSync(data, { recursive: true, force: true });
  }

  async #get(entry: SystemEntry): Promise<System | null> {
    const { name, cannot } = entry;
    if (this.#told.get(name)?.absent !== undefined) return null;
    const there = this.#open.get(name);
    if (there !== undefined) return there.system;
    this.#say(`starting ${name} …`);
    const data = mkdtempSync(join(this.#data, `${name}-`));
    try {
      const system = await entry.open({ cache: systemsFolder(name), data, say: this.#say });
      const { version, durability } = system;
      this.#open.set(name, { system, data });
      this.#told.set(name, { version, durability, cannot });
      return system;
    } catch (error) {
      rmSync(data, { recursive: true, force: true });
      if (!(error instanceof SideFailed)) throw error;
      this.#say(`${name} is left out: ${error.message}`);
      this.#told.set(name, { cannot, absent: error.message });
      return null;
    }
  }
}

/** Those that `--against` names: `reference`, `neighbours`, `all`, `none` or single ones. */
export function selectSystems(
  against: readonly string[],
): readonly SystemEntry[] | { unknown: string } {
  const unknown = against.find((word) => !againstWords().includes(word));
  if (unknown !== undefined) return { unknown };
  return entries.filter(
    ({ name, kind }) =>
      against.includes('all') ||
      against.includes(name) ||
      against.includes(kind === 'reference' ? 'reference' : 'neighbours'),
  );
}

export const againstWords = (): string[] => [
  'all',
  'none',
  'reference',
  'neighbours',
  ...entries.map(({ name }) => name),
];
