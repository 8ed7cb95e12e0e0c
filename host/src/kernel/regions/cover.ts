import type { Branch, CompiledRegion } from './compile.ts';
import { foldText } from './fold.ts';
import { matchesPath } from './path.ts';
import { literalSegment } from './segment.ts';

/**
 * Whether a path lies in the region. It is one from the root of the tree, with slashes; what leads out of the tree,
 * and the root itself, is in no region.
 */
export function regionCovers(region: CompiledRegion, path: string): boolean {
  const names = namesOfPath(
    region.foldsCase ? foldText(path.normalize('NFC')) : path.normalize('NFC'),
  );
  if (names === null || names.length === 0) return false;
  const segments = names.map(literalSegment);
  let branch: Branch | undefined = region.index;
  for (let depth = 0; branch !== undefined; depth++) {
    const start = depth;
    if (branch.here.some((pattern) => matchesPath(pattern.segments, segments, start))) return true;
    branch = depth < names.length ? branch.below.get(names[depth] ?? '') : undefined;
  }
  return false;
}

/** Null for a path that leads out of the tree. */
function namesOfPath(path: string): string[] | null {
  if (path.startsWith('/') || path.includes('\0')) return null;
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '..') {
      if (names.pop() === undefined) return null;
    } else if (name !== '' && name !== '.') {
      names.push(name);
    }
  }
  return names;
}
