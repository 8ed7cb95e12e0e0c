import { existsSync } from 'node:fs';
import { workspacePaths } from '../paths.ts';
import type { Context } from './context.ts';
import { openClient } from './host-client/open-client.ts';

/**
 * Instances that no file declares, with the capability each is of: those of a host that is up, else those that are
 * recorded. Looked for only where a name is unknown otherwise, since that costs a moment.
 */
export async function namedInstances(
  context: Context,
  root: string,
): Promise<{ [id: string]: string }> {
  const found = await openClient(root).catch(() => null);
  if (found?.kind === 'found') {
    const { client } = found;
    const views = await client.host.instances().finally(() => client.close());
    return own(views.map(({ instance, capability }) => [instance, capability]));
  }
  if (!existsSync(workspacePaths(root).stateDb)) return {};
  const { openReader } = await context.doors.view();
  const view = openReader(root);
  try {
    const rows = view.instances();
    return own(rows.map(({ instanceId, capability }) => [instanceId, capability ?? instanceId]));
  } finally {
    view.close();
  }
}

/** A default instance has no name of its own. */
const own = (named: [id: string, capability: string][]): { [id: string]: string } =>
  Object.fromEntries(named.filter(([id, capability]) => id !== capability));
