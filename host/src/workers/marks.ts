import { marks } from '@capstan/protocol';

/** Who started a process. Every process of a worker's tree inherits it in its environment. */
export interface Owner {
  hostId: string;
  /** Names the workspace, so that its next host can find what this one left. */
  workspace: string;
}

/** The workspace's mark is the host's own business: no worker reads it. */
const workspaceMark = 'CAPSTAN_WORKSPACE';

export function markVariables(owner: Owner, session: string): { [name: string]: string } {
  return {
    [marks.session]: session,
    [marks.host]: owner.hostId,
    [workspaceMark]: owner.workspace,
  };
}

export const sessionMark = (session: string): string => `${marks.session}=${session}`;
export const hostMark = (hostId: string): string => `${marks.host}=${hostId}`;
export const workspaceMarkOf = (workspace: string): string => `${workspaceMark}=${workspace}`;
