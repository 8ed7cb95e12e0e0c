import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const imageBytes = 96 * 2 ** 20;

/** A disk of its own, made of a file, whose power can be cut. */
export class Disk {
  readonly path: string;
  readonly #image: string;
  readonly #switch: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  /** Throws where there are no loop devices, no ext4, or no right to mount. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.path = join(folder, 'mounted');
    this.#image = join(folder, 'image');
    mkdirSync(this.path);
    const file = openSync(this.#image, 'w');
    ftruncateSync(file, imageBytes);
    closeSync(file);
    run('mkfs.ext4', '-q', '-F', this.#image);
    this.#mount();
    const program = join(import.meta.dirname, 'shutdown.py');
    this.#switch = spawn('python3', [program], { stdio: ['pipe', 'pipe', 'inherit'] });
    const { stdout } = this.#switch;
    if (stdout === null) throw new Error('the switch has no output');
    this.#answers = createInterface(stdout)[Symbol.asyncIterator]();
  }

  /** From here on nothing more reaches it. Whoever uses it must have been stopped before. */
  async cutPower(): Promise<void> {
    this.#switch.stdin?.write(`${this.path}\n`);
    const { value } = (await this.#answers.next()) as { value?: string };
    if (value !== 'ok') throw new Error(`the power could not be cut: ${value}`);
  }

  /** As after a reboot: the file system replays its journal, and shows what had reached the disk. */
  async powerUp(): Promise<void> {
    for (let tries = 0; ; tries++) {
      // oxlint-disable-next-line no-await-in-loop -- tries again only after a moment
      await this.#unmount();
      this.#mount();
      if (this.#isOn()) return;
      if (tries >= 100) throw new Error('the power could not be put on again');
      // oxlint-disable-next-line no-await-in-loop -- see above
      await pause(100);
    }
  }

  /**
   * A process in a mount namespace of its own, begun meanwhile by somebody else, has a copy of the mount: as
   * long as it lives so does the disk without power, and mounting the image again only shows that one.
   */
  #isOn(): boolean {
    const probe = join(this.path, 'probe');
    try {
      writeFileSync(probe, '');
      rmSync(probe);
      return true;
    } catch {
      return false;
    }
  }

  async remove(): Promise<void> {
    this.#switch.stdin?.end();
    await this.#unmount();
  }

  #mount(): void {
    run('mount', '-o', 'loop', this.#image, this.path);
  }

  /** A process that was just killed may hold it for a moment longer. */
  async #unmount(): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        return run('umount', this.path);
      } catch (error) {
        if (tries >= 100) throw error;
      }
      // oxlint-disable-next-line no-await-in-loop -- tries again only after a moment
      await pause(20);
    }
  }
}

function run(program: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr.trim()}`);
}

/** Why there can be no such disk here, or null. */
export async function whyNoDisk(folder: string): Promise<string | null> {
  try {
    const disk = new Disk(folder);
    await disk.cutPower();
    await disk.powerUp();
    await disk.remove();
    return null;
  } catch (error) {
    return `the power of a disk cannot be cut here: ${(error as Error).message}`;
  }
}
