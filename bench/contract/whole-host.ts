import { join } from 'node:path';
import { type Host, openHost } from '../../host/src/index.ts';

/** A host as programs have it, in this process, on the workspace of the figures. */
export const openBenchHost = (folder: string): Promise<Host> =>
  openHost({
    root: folder,
    env: { ...process.env, XDG_DATA_HOME: join(folder, 'data') },
    onEvent: () => {},
  });

/** The process of the worker behind an instance. */
export function pidOf(host: Host, instance: string): number {
  const found = host.instances().find((each) => each.instance === instance);
  if (found?.pid === undefined || found.pid === null) throw new Error(`${instance} has no worker`);
  return found.pid;
}
