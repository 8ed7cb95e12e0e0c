import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Guard, WorkerSpec } from '../host/src/workers/index.ts';
import { openInstalled } from './hosts/installed.ts';
import { makeWorkspace } from './hosts/workspace.ts';

/** The empty capabilities, really installed into environments of their own, in a throw-away workspace. */
export interface Subjects {
  folder: string;
  node: WorkerSpec;
  python: WorkerSpec;
  guard: Guard;
}

export async function installSubjects(): Promise<Subjects> {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-bench-'));
  await makeWorkspace(folder, join(import.meta.dirname, 'subjects'));
  const { guard, specOf } = await openInstalled(folder);
  return { folder, guard, node: specOf('empty-node'), python: specOf('empty-python') };
}

/** The interpreter of the Python environment, for a floor that runs on the same one. */
export const pythonOf = ({ python }: Subjects): string => python.command[0] ?? 'python3';
