import { readHostNote } from '../../../http/host-info.ts';
import { workspacePaths } from '../../../paths.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { isLost, openClient } from '../../host-client/index.ts';
import { Patience } from '../../patience.ts';
import { requireWorkspace } from '../../workspace.ts';

export interface DownOptions {
  grace?: number;
}

const pollMs = 50;

export async function down(context: Context, { grace }: DownOptions): Promise<ExitCode> {
  const root = requireWorkspace(context);
  const pid = await ask(root, grace);
  if (pid !== null) {
    const patience = new Patience(
      context.io,
      `It ends by itself; \`kill -9 ${pid}\` ends it at once.`,
    );
    try {
      await patience.until(untilGone(root, pid, patience.signal));
    } finally {
      patience.release();
    }
  }
  if (context.json) context.printJson({ ended: pid !== null, pid });
  else context.print(pid === null ? 'No host is up here.' : `The host (process ${pid}) has ended.`);
  return 0;
}

/** The process that is ending now; null where none is up. Throws WORKSPACE_BUSY for one that only works. */
async function ask(root: string, graceMs: number | undefined): Promise<number | null> {
  const found = await openClient(root);
  if (found.kind === 'nobody') return null;
  const { client } = found;
  try {
    await client.host.shutdown(graceMs);
    return client.pid;
  } catch (error) {
    // It was ending already.
    if (isLost(error)) return client.pid;
    throw error;
  } finally {
    client.close();
  }
}

/** It takes its note away when it gives the workspace back. */
async function untilGone(root: string, pid: number, signal: AbortSignal): Promise<void> {
  const isThere = async (): Promise<boolean> =>
    readHostNote(workspacePaths(root))?.pid === pid && isAlive(pid);
  // oxlint-disable-next-line no-await-in-loop -- nothing tells us that another process has ended
  while (!signal.aborted && (await isThere())) await pause();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, pollMs));
