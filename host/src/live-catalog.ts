import { type BigIntStats, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { InstalledCapability } from './capabilities/index.ts';
import { calleeOf, type Catalog } from './compositions/index.ts';
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
  readonly #stamps: Stamp;
  #current: InstalledCatalog;
  #stamp: string;
  #looking: Promise<void> | null = null;
  #instances: (() => { readonly [id: string]: string }) | null = null;

  private constructor(
    root: string,
    env: Parameters<typeof readCatalog>[1],
    given: InstalledCatalog,
    { stamps, stamp }: { stamps: Stamp; stamp: string },
  ) {
    this.#root = root;
    this.#env = env;
    this.#current = given;
    this.#stamps = stamps;
    this.#stamp = stamp;
  }

  static async open(
    root: string,
    env: Parameters<typeof readCatalog>[1],
    given?: InstalledCatalog,
  ): Promise<LiveCatalog> {
    const stamps = new Stamp(root);
    const stamp = stamps.take();
    return new LiveCatalog(root, env, given ?? (await readCatalog(root, env)), { stamps, stamp });
  }

  /** Always the newest one, for those who keep it. */
  readonly catalog: Catalog = asCatalog(
    () => this.#current,
    () => this.#instances?.() ?? this.#current.catalog.instances ?? {},
  );

  get current(): InstalledCatalog {
    return this.#current;
  }

  capabilityOf(name: string): InstalledCapability {
    return this.#current.capabilityOf(name);
  }

  /** Throws what is wrong with the first of these, or with the capability it is an instance of. */
  mustBeUsable(names: Iterable<string>): void {
    const { catalog } = this;
    const capabilities = Array.from(names, (name) => calleeOf(name, catalog)?.capability ?? name);
    this.#current.mustBeUsable(capabilities);
  }

  /** Whoever knows of instances that no file declares: the capability of each, by its name. */
  instancesFrom(ids: () => { readonly [id: string]: string }): void {
    this.#instances = ids;
  }

  /**
   * Looks whether something changed; costs a few `stat`s. A declaration that cannot be read now, because it
   * is being edited or is wrong, throws: what is asked for may be what was changed.
   */
  look(): Promise<void> {
    if (this.#looking !== null) return this.#looking;
    const stamp = this.#stamps.take();
    if (stamp === this.#stamp) return Promise.resolve();
    this.#looking = this.#read(stamp).finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #read(stamp: string): Promise<void> {
    this.#current = await readCatalog(this.#root, this.#env);
    // Taken before reading: a change in between is found at the next look.
    this.#stamp = stamp;
  }
}

const asCatalog = (
  current: () => InstalledCatalog,
  instances: () => { readonly [id: string]: string },
): Catalog => ({
  get capabilities() {
    return current().catalog.capabilities;
  },
  get instances() {
    return instances();
  },
});

/** Everything by which an installation or an edit shows. Asked before every job, so it must cost next to nothing. */
class Stamp {
  readonly #root: string;
  readonly #manifestsDir: string;
  #folder = '';
  #files: string[] = [];

  constructor(root: string) {
    this.#root = root;
    this.#manifestsDir = workspacePaths(root).manifestsDir;
  }

  take(): string {
    // A manifest that comes, goes or is replaced changes its folder; only then are the names read again.
    const folder = fileStamp(this.#manifestsDir);
    if (folder !== this.#folder) {
      this.#files = folder === '' ? [] : manifestsIn(this.#manifestsDir);
      this.#folder = folder;
    }
    return [join(this.#root, 'capstan.yaml'), ...this.#files].map(fileStamp).join('\n');
  }
}

const manifestsIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => join(folder, name));

function fileStamp(path: string): string {
  const found: BigIntStats | undefined = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? '' : `${path} ${found.ino} ${found.size} ${found.mtimeNs}`;
}
