import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { defaults } from '../defaults.ts';

/**
 * One builder per environment, over all processes of the machine. The lock is an exclusive transaction on
 * an empty SQLite file: the operating system frees it when its holder dies, however it dies, so there are
 * no stale locks and no clocks. Two rules keep it sound: the file is never opened by other means (closing
 * any descriptor of it would drop the lock), and it is never deleted (a new file would be a second lock).
 */
export interface BuildLock {
  release(): void;
}

export interface LockOptions {
  /** Called once, when somebody else holds the lock; with their pid where it is known. */
  onWait?: ((holder: number | null) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Runs `work` as the only builder of `name` below `folder`; waits for another one first. */
export async function withBuildLock<T>(
  folder: string,
  name: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const locks = join(folder, '.locks');
  await mkdir(locks, { recursive: true });
  const holderFile = join(locks, `${name}.pid`);
  let lock = tryBuildLock(folder, name);
  if (lock === null) options.onWait?.(await holderOf(holderFile));
  while (lock === null) {
    // oxlint-disable-next-line no-await-in-loop -- SQLite cannot tell us when the holder is done
    await wait(defaults.buildLockPollMs, undefined, { signal: options.signal });
    lock = tryBuildLock(folder, name);
  }
  try {
    await writeFile(holderFile, String(process.pid)); // only ever shown to people
    return await work();
  } finally {
    lock.release();
  }
}

/** Takes the lock if nobody holds it. The folder `.locks` must exist. */
export function tryBuildLock(folder: string, name: string): BuildLock | null {
  const database = new DatabaseSync(join(folder, '.locks', `${name}.db`), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) return null;
    throw error;
  }
  return { release: () => database.close() };
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && (error.errcode === 5 || error.errcode === 6);

async function holderOf(file: string): Promise<number | null> {
  const pid = Number(await readFile(file, 'utf8').catch(() => ''));
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}
