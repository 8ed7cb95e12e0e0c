import { hostMark, workspaceMarkOf } from './marks.ts';
import { environmentOf, type LiveProcess, liveProcesses, marked } from '../resources/index.ts';
import { removeStaleSockets } from './socket.ts';
import { killUntilNone } from './tree.ts';

/**
 * Ends what an earlier host of this workspace left running, because its guard was killed together with it.
 * `livingHosts` are spared, this host among them. Returns the pids that were found.
 */
export async function sweepLeftovers(
  workspace: string,
  livingHosts: readonly string[],
  runtimeDir: string,
): Promise<number[]> {
  const ended = new Set<number>();
  await killUntilNone(async () => {
    const found = await leftovers(workspace, livingHosts);
    for (const { pid } of found ?? []) ended.add(pid);
    return found;
  });
  await removeStaleSockets(runtimeDir);
  return [...ended];
}

/** The pids `sweepLeftovers` would end now; for a look that changes nothing. */
export async function findLeftovers(
  workspace: string,
  livingHosts: readonly string[],
): Promise<number[]> {
  const found = (await leftovers(workspace, livingHosts)) ?? [];
  return found.map(({ pid }) => pid);
}

async function leftovers(
  workspace: string,
  livingHosts: readonly string[],
): Promise<LiveProcess[] | null> {
  const all = await liveProcesses();
  if (all === null) return null;
  const candidates = await marked(all, [workspaceMarkOf(workspace)]);
  const spared = livingHosts.map(hostMark);
  const kept = await Promise.all(
    candidates.map(async ({ pid }) => {
      const variables = await environmentOf(pid);
      return pid === process.pid || spared.some((mark) => variables.includes(mark));
    }),
  );
  return candidates.filter((_, index) => kept[index] === false);
}
