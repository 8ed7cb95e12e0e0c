import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { essentialOf, readRecord } from '../environments/index.ts';
import type { CapstanSection } from './manifest.ts';

/**
 * What is gone of an installation: the environment, the program that starts workers, or the copied code
 * must be where the manifest saw them. Null when all are there.
 */
export async function missingPart({
  environment,
  command,
  module,
}: CapstanSection): Promise<string | null> {
  const record = await readRecord(environment.path);
  if (record?.key !== environment.key) return environment.path;
  const needed = [
    essentialOf(record, environment.path),
    command[0],
    isAbsolute(module) ? module : null,
  ];
  for (const path of needed) {
    // oxlint-disable-next-line no-await-in-loop -- three paths
    if (path && (await stat(path).catch(() => null)) === null) return path;
  }
  return null;
}
