import { type BigIntStats, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstalledCapability } from './capabilities/index.ts';
import type { Catalog } from './compositions/index.ts';
import { type InstalledCatalog, readCatalog } from './installed-catalog.ts';
import { workspacePaths } from './paths.ts';

/**
 * What is installed, as a resident host sees it: read again when `capstan.yaml` or a manifest is another
 * file than before, so that installing something or editing the declaration needs no restart. Whoever
 * asks for names or slots between two looks gets what the last one found.
 */
export class LiveCatalog {
  readonly #root: string;
  readonly #env: Parameters<typeof readCatalog>[1];
  #current: InstalledCatalog;
  #stamp: string | null = null;
  #looking: Promise<void> | null = null;

  /** `given` is what the opener has just read. */
  constructor(root: string, env: Parameters<typeof readCatalog>[1], given: InstalledCatalog) {
    this.#root = root;
    this.#env = env;
    this.#current = given;
  }

  static async open(
    root: string,
    env: Parameters<typeof readCatalog>[1],
    given?: InstalledCatalog,
  ): Promise<LiveCatalog> {
    const stamp = await stampOf(root);
    const live = new LiveCatalog(root, env, given ?? (await readCatalog(root, env)));
    live.#stamp = stamp;
    return live;
  }

  /** Always the newest one, for those who keep it. */
  readonly catalog: Catalog = asCatalog(() => this.#current);

  get current(): InstalledCatalog {
    return this.#current;
  }

  capabilityOf(name: string): InstalledCapability {
    return this.#current.capabilityOf(name);
  }

  slotsOf(name: string): number {
    return this.#current.slotsOf(name);
  }

  /**
   * Looks whether something changed; costs a few `stat`s. A declaration that cannot be read now, because it
   * is being edited or is wrong, throws: what is asked for may be what was changed.
   */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const stamp = await stampOf(this.#root);
    if (stamp === this.#stamp) return;
    this.#current = await readCatalog(this.#root, this.#env);
    // Taken before reading: a change in between is found at the next look.
    this.#stamp = stamp;
  }
}

const asCatalog = (current: () => InstalledCatalog): Catalog => ({
  get capabilities() {
    return current().catalog.capabilities;
  },
});

async function stampOf(root: string): Promise<string> {
  const { manifestsDir } = workspacePaths(root);
  const manifests = await readdir(manifestsDir).catch(() => []);
  const files = manifests.filter((name) => name.endsWith('.json')).toSorted();
  return [join(root, 'capstan.yaml'), ...files.map((name) => join(manifestsDir, name))]
    .map(fileStamp)
    .join('\n');
}

function fileStamp(path: string): string {
  const found: BigIntStats | undefined = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? '' : `${path} ${found.ino} ${found.size} ${found.mtimeNs}`;
}
