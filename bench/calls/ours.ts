import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { LiveWorker } from '../../host/src/workers/index.ts';
import { bareNode, startBare, stopBare } from '../floors/bare.ts';
import { openInstalled } from '../hosts/installed.ts';
import { openWholeHost, type WholeHost } from '../hosts/whole-host.ts';
import { makeWorkspace } from '../hosts/workspace.ts';

export const languages = ['node', 'python'] as const;
export type Language = (typeof languages)[number];
export const nameOf = { node: 'Node', python: 'Python' } as const;

/** A call's way with nothing, a worker, and a whole host around it, each warm. */
export interface Ours {
  folder: string;
  /** A bare `node:http` on a unix socket. */
  bare: { socket: string; pids: () => readonly number[] };
  /** Workers without a host: what they answer is taken by the host's own client. */
  workers: { readonly [language in Language]: LiveWorker };
  /** A host in this process, with workers of its own. */
  whole: WholeHost;
  close(): Promise<void>;
}

export async function openOurs(given: string): Promise<Ours> {
  const folder = realpathSync(given);
  const workspace = join(folder, 'workspace');
  await makeWorkspace(workspace);
  const socket = join(folder, 'bare.sock');
  const bare = await startBare(bareNode, socket);
  const installed = await openInstalled(workspace);
  const [node, python] = await Promise.all([installed.start('node'), installed.start('python')]);
  const whole = await openWholeHost(workspace);
  for (const language of languages) {
    // oxlint-disable-next-line no-await-in-loop -- the first job starts the worker
    await whole.runOne(language);
  }
  return {
    folder,
    bare: { socket, pids: () => (bare.pid === undefined ? [] : [bare.pid]) },
    workers: { node, python },
    whole,
    close: async () => {
      await whole.close();
      await Promise.all([node.stop(), python.stop()]);
      await installed.guard.close();
      await stopBare(bare);
    },
  };
}
