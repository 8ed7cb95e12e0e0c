import { randomFillSync } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { messageOf } from '../../errors.ts';
import { failPoint } from '../../fail-points.ts';
import { roomFor } from './room.ts';

export interface ReserveOptions {
  path: string;
  /** 0: no reserve is kept. */
  bytes: number;
  /** Hears once why there can be no reserve. */
  onImpossible(why: string): void;
}

/**
 * Room on the disk that is ours: a file of random bytes, because zeroes take no room where a file system
 * compresses. When the disk is full it is removed, which leaves enough to write down how running work ended
 * and why nothing new is accepted. Nothing new is accepted until it could be made again.
 *
 * It is made in the background, without ever blocking the thread, and in one rename: a file of this name
 * is whole.
 */
export class Reserve {
  readonly #options: ReserveOptions;
  /** False on a disk on which it never found room. */
  #isWanted: boolean;
  #isThere: boolean;
  #making: Promise<void> | null = null;
  /** Counts how often it was given up, so that one that is being made then is not kept. */
  #given = 0;

  constructor(options: ReserveOptions) {
    this.#options = options;
    this.#isWanted = options.bytes > 0;
    this.#isThere = this.#isWanted && isWhole(options);
  }

  /** Whether all that should be kept back is kept back. */
  get isReady(): boolean {
    return this.#isThere || !this.#isWanted;
  }

  /** Begins to make it, unless it is there or being made. */
  prepare(isFirst = false): void {
    if (this.isReady || this.#making !== null) return;
    this.#making = this.#make(this.#given)
      .catch((error: unknown) => {
        // Later tries are those of a full disk: what was there once is wanted again.
        if (!isFirst || this.#given > 0) return;
        this.#isWanted = false;
        this.#options.onImpossible(messageOf(error));
      })
      .finally(() => {
        this.#making = null;
      });
  }

  /** Resolves when nothing is being made. */
  async settled(): Promise<void> {
    await this.#making;
  }

  /** Gives the room back to the disk. */
  release(): void {
    if (!this.#isThere && this.#making === null) return;
    failPoint('reserve.before-release');
    this.#given += 1;
    this.#isThere = false;
    remove(this.#options.path);
    remove(making(this.#options.path));
  }

  async #make(given: number): Promise<void> {
    const { path, bytes } = this.#options;
    const { bytes: free, files } = roomFor(path);
    // With nothing left beside it, the reserve itself would be what makes the disk full.
    if (free < bytes + bytes / 4 || files < 2) {
      throw new Error(
        `${free} bytes and ${files} files are free, ${bytes} bytes are to be kept back`,
      );
    }
    const file = await open(making(path), 'w', 0o600);
    try {
      await this.#fill(file, given);
      await file.sync();
      if (this.#given !== given) throw new Error('it was given up');
      await rename(making(path), path);
      if (this.#given !== given) {
        remove(path);
        return;
      }
      this.#isThere = true;
    } catch (error) {
      remove(making(path));
      throw error;
    } finally {
      await file.close();
    }
  }

  async #fill(file: FileHandle, given: number): Promise<void> {
    const chunk = randomFillSync(Buffer.allocUnsafe(Math.min(1024 * 1024, this.#options.bytes)));
    for (let left = this.#options.bytes; left > 0; left -= chunk.length) {
      if (this.#given !== given) throw new Error('it was given up');
      // oxlint-disable-next-line no-await-in-loop -- one chunk at a time leaves the disk to others
      await file.write(chunk, 0, Math.min(left, chunk.length));
    }
  }
}

const making = (path: string): string => `${path}.new`;

/** Of its full size, and not a file of holes that takes no room. */
function isWhole({ path, bytes }: ReserveOptions): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && found.size === bytes && found.blocks * 512 >= bytes;
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // On a disk that does not even let a file go, there is nothing to be won.
  }
}
