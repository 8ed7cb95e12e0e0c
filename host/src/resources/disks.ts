import { statfs } from 'node:fs/promises';
import type { DiskSnapshot } from './snapshot.ts';

/** A network mount whose server is away answers never; the others are told all the same. */
const answersWithinMs = 2_000;

/** What the filesystems hold on which the `mounts` (any folders) lie, and what could not be asked. */
export async function disksOf(
  mounts: readonly string[],
): Promise<{ disks: DiskSnapshot[]; problems: string[] }> {
  const disks: DiskSnapshot[] = [];
  const problems: string[] = [];
  await Promise.all(
    [...new Set(mounts)].map(async (mount) => {
      const answer = await askWithin(mount);
      if (typeof answer === 'string') problems.push(`disk ${mount}: ${answer}`);
      else disks.push(answer);
    }),
  );
  return { disks: disks.toSorted((a, b) => (a.mount < b.mount ? -1 : 1)), problems };
}

async function askWithin(mount: string): Promise<DiskSnapshot | string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    const told = `no answer within ${answersWithinMs / 1000} s; is it a network mount whose server is away?`;
    timer = setTimeout(() => resolve(told), answersWithinMs).unref();
  });
  const asked = statfs(mount).then(
    // What is kept back for root is not available to programs, so it is `bavail` and not `bfree`.
    ({ bsize, blocks, bavail }) => ({ mount, total: bsize * blocks, available: bsize * bavail }),
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  return Promise.race([asked, late]).finally(() => clearTimeout(timer));
}
