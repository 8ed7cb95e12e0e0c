import { realpathSync } from 'node:fs';
import { HostError } from '../../../errors.ts';
import { readHostNote } from '../../../http/host-info.ts';
import type { LeaseDesk, Leases } from '../../../index.ts';
import { workspacePaths } from '../../../paths.ts';
import type { Context } from '../../context.ts';
import { findRoot } from '../../workspace.ts';

/** The real path of the workspace; null outside of any, where there is only what the machine has. */
export function leaseRoot(context: Context): string | null {
  const root = findRoot(context);
  return root === null ? null : realpathSync(root);
}

/**
 * Asks the host that is up, or else the ledgers themselves: the answers are the same, and no command is refused because
 * nobody is there. Nor because a host ends, or is stopped and does not answer: what it may have done all the same is in
 * the ledgers too, and a lease that it grants when nobody listens any more it gives back.
 */
export async function withLeases<T>(
  context: Context,
  root: string | null,
  use: (leases: Leases) => Promise<T>,
): Promise<T> {
  const control = root === null ? undefined : readHostNote(workspacePaths(root))?.control;
  if (control === undefined) return withDesk(context, root, use);
  const { Connection } = await import('../../../http/client/connection.ts');
  const { RemoteLeases } = await import('../../../http/client/remote-leases.ts');
  const connection = new Connection(0, control);
  try {
    return await use(new RemoteLeases(connection));
  } catch (error) {
    if (!isLost(error)) throw error;
  } finally {
    connection.close();
  }
  return withDesk(context, root, use);
}

/** Asks the ledgers themselves, host or none. */
export async function withDesk<T>(
  context: Context,
  root: string | null,
  use: (desk: LeaseDesk) => Promise<T>,
): Promise<T> {
  const { openLeaseDesk } = await context.doors.leases();
  const desk = await openLeaseDesk({ root, env: context.io.env });
  try {
    return await use(desk);
  } finally {
    await desk.close();
  }
}

const isLost = (error: unknown): boolean =>
  error instanceof HostError && error.code === 'HOST_LOST';
