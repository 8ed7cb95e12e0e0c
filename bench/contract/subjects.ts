import { join } from 'node:path';
import type { WorkerSpec } from '../../host/src/workers/index.ts';
import { installWorkspace } from '../installed.ts';

export type SubjectName = 'node-tool' | 'python-tool' | 'python-imports';

/** The capabilities of the figures, really installed into environments of their own. */
export interface ContractSubjects {
  folder: string;
  specOf: (name: SubjectName) => WorkerSpec;
  close(): Promise<void>;
}

export async function installSubjects(folder: string): Promise<ContractSubjects> {
  const installed = await installWorkspace(join(import.meta.dirname, 'subjects'), folder);
  return { folder, specOf: installed.specOf, close: () => installed.guard.close() };
}
