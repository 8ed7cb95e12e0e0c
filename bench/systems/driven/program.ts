import { accessSync, constants, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SideFailed } from '../../measure/sides.ts';

/**
 * Where a program is: in a folder of PATH, else in one of those that packagers keep off it. The bench never
 * installs servers itself; what is missing leaves its side out, with what to type.
 */
export function programNamed(
  name: string,
  { install, folders = [] }: { install: string; folders?: readonly string[] },
): string {
  const onPath = (process.env['PATH'] ?? '').split(delimiter);
  // The newest first, as far as that can be told from `/usr/lib/postgresql/17/bin`.
  const elsewhere = folders
    .flatMap((folder) => globSync(folder))
    .toSorted((a, b) => b.localeCompare(a, undefined, { numeric: true }));
  const found = [...onPath, ...elsewhere]
    .map((folder) => join(folder, name))
    .find((path) => isExecutable(path));
  if (found === undefined) throw new SideFailed(`this machine has no ${name}: ${install}`);
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
