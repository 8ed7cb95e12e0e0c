import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Where no capability's code lies: what tools made, tests that people run by hand, and worker processes' helpers. */
const skipped = new Set(['node_modules', '__pycache__', 'tests_manual', '_proc', 'dist', 'build']);

export const isSource = (file: string): boolean =>
  file.endsWith('.py') || (/\.[cm]?[jt]s$/.test(file) && !/\.d\.[cm]?ts$/.test(file));

/** Files below a folder that are worth a look, without hidden folders, sorted. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.name.startsWith('.') || skipped.has(entry.name)) return [];
      if (entry.isDirectory()) return filesBelow(path);
      return entry.isFile() ? [path] : [];
    }),
  );
  return found.flat().toSorted();
}
