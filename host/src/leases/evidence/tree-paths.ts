import { realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';

/**
 * Paths as they were typed in a folder, as paths of the tree, which is given by its real path. Links on the way to a
 * file are followed, so that a file is where it really is; a file that is gone is where it was.
 */
export function treePaths(tree: string, folder: string, typed: readonly string[]): string[] {
  const realFolders = new Map<string, string>();
  const realFolder = (path: string): string => {
    let real = realFolders.get(path);
    if (real === undefined) {
      real = realpathOf(path);
      realFolders.set(path, real);
    }
    return real;
  };
  return typed.map((path) => {
    const absolute = resolve(folder, path);
    const real = join(realFolder(dirname(absolute)), basename(absolute));
    return relative(tree, real).split(sep).join('/');
  });
}

/** Of what is there; what is not hangs below the last folder that is. */
function realpathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path === dirname(path) ? path : join(realpathOf(dirname(path)), basename(path));
  }
}
