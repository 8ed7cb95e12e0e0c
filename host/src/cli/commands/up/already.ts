import { HostError } from '../../../errors.ts';
import { openClient } from '../../host-client/index.ts';

/** The refusal of a workspace that has a host, saying what that one is there for and how it ends. */
export async function alreadyUp(thrown: unknown, root: string): Promise<unknown> {
  if (!(thrown instanceof HostError) || thrown.code !== 'WORKSPACE_BUSY') return thrown;
  const found = await openClient(root).catch(() => null);
  // It is only beginning, or ending: what the lock said is all that is known.
  if (found?.kind !== 'found') return thrown;
  const { pid, isResident } = found.client;
  found.client.close();
  const message = isResident
    ? `A host is up here already (process ${pid}).`
    : `A command is the host here (process ${pid}), until its own work is done.`;
  const hint = isResident
    ? '`capstan run`, `submit` and all others work with it. `capstan down` ends it.'
    : 'All other commands work with it. `capstan resume` watches what goes on.';
  return new HostError('WORKSPACE_BUSY', message, { hint, details: thrown.details });
}
