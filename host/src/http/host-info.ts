import { readFileSync } from 'node:fs';
import type { HostInfo } from '../index.ts';
import type { WorkspacePaths } from '../paths.ts';

/** Where a host listens, and the word that opens. For the user's eyes only. */
export interface ControlAddress {
  socket: string;
  token: string;
}

/**
 * What the running host said of itself in `.capstan/host.json`, or null. The stores have the same; this one
 * is for clients, which load nothing of a host. The file alone does not prove that the host still runs.
 */
export function readHostNote(
  paths: Pick<WorkspacePaths, 'hostInfo'>,
): (HostInfo & { control?: ControlAddress }) | null {
  try {
    const note = JSON.parse(readFileSync(paths.hostInfo, 'utf8')) as HostInfo;
    return typeof note.pid === 'number' ? note : null;
  } catch {
    // Absent, or being replaced on a disk that is full: there is nobody to ask.
    return null;
  }
}
