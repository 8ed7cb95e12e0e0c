import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmdirSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether this process may mount file systems. */
export function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-mount-'));
  const isMounted = mount(folder, 1);
  if (isMounted) unmount(folder);
  rmdirSync(folder);
  return isMounted;
}

/** A disk of so many MiB at this folder, gone when `use` is done with it. */
export async function withSmallDisk(
  folder: string,
  mebibytes: number,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  if (!mount(folder, mebibytes)) throw new Error(`nothing can be mounted at ${folder}`);
  try {
    await use(folder);
  } finally {
    unmount(folder);
  }
}

function mount(folder: string, mebibytes: number): boolean {
  const args = ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder];
  return spawnSync('mount', args, { stdio: 'ignore' }).status === 0;
}

/** Makes it larger or smaller while it is in use; it never loses what is on it. */
export function resizeDisk(folder: string, mebibytes: number): void {
  spawnSync('mount', ['-o', `remount,size=${mebibytes}m`, folder], { stdio: 'ignore' });
}

/** Takes all the room there is, to the last page. */
export function fillDisk(path: string): void {
  const file = openSync(path, 'w');
  for (let chunk = 2 ** 18; chunk >= 4096; ) {
    try {
      writeSync(file, Buffer.alloc(chunk));
    } catch {
      chunk /= 2;
    }
  }
  closeSync(file);
}

/** Lazily, for something may still look at it. */
function unmount(folder: string): void {
  spawnSync('umount', ['-l', folder], { stdio: 'ignore' });
}
