import { readFile, rename, writeFile } from 'node:fs/promises';
import { HostError } from '../errors.ts';
import type { WorkspacePaths } from '../paths.ts';

/** `.capstan/host.json`, as far as this folder reads and writes it. For the user's eyes only (0600). */
export interface HostInfo {
  pid: number;
  startedAt: string;
  control?: { socket: string; token: string };
}

/** What the running host said about itself, or null. The file alone does not prove that it still runs. */
export async function readHostInfo(paths: WorkspacePaths): Promise<HostInfo | null> {
  let text: string;
  try {
    text = await readFile(paths.hostInfo, 'utf8');
  } catch {
    return null;
  }
  try {
    return JSON.parse(text) as HostInfo;
  } catch (cause) {
    throw new HostError('STORE_CORRUPT', `${paths.hostInfo} is not JSON.`, {
      cause,
      hint: 'It only describes a running host. End that host and remove the file.',
    });
  }
}

/** Replaces the file as a whole, so that no reader ever sees half of it. */
export async function writeHostInfo(paths: WorkspacePaths, info: HostInfo): Promise<void> {
  const temporary = `${paths.hostInfo}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(info, null, 2)}\n`, { mode: 0o600 });
  await rename(temporary, paths.hostInfo);
}
