import { HostError } from '../../errors.ts';
import { Connection } from '../../http/client/connection.ts';
import { RemoteHost } from '../../http/client/remote-host.ts';
import { readHostNote } from '../../http/host-info.ts';
import { workspacePaths } from '../../paths.ts';

/** A host in another process, which has just answered. */
export interface Client {
  host: RemoteHost;
  pid: number;
  isResident: boolean;
  /** True as long as nothing but how it is was asked of it: then all can be begun again with another. */
  isUnused(): boolean;
  close(): void;
}

export type FoundClient =
  | { kind: 'found'; client: Client }
  /** `lost` where a host said that it listens, and nobody answered. */
  | { kind: 'nobody'; lost: HostError | null };

/** The host that is up in a workspace, as its client; loads no code of a host. */
export async function openClient(root: string): Promise<FoundClient> {
  const note = readHostNote(workspacePaths(root));
  if (note?.control === undefined) return { kind: 'nobody', lost: null };
  const connection = new Connection(note.pid, note.control);
  const host = new RemoteHost(connection);
  try {
    const { mode } = await host.health();
    return {
      kind: 'found',
      client: {
        host,
        pid: note.pid,
        isResident: mode === 'resident',
        isUnused: () => connection.answered <= 1,
        close: () => connection.close(),
      },
    };
  } catch (error) {
    connection.close();
    if (isLost(error)) return { kind: 'nobody', lost: error };
    throw error;
  }
}

export const isLost = (error: unknown): error is HostError =>
  error instanceof HostError && error.code === 'HOST_LOST';
