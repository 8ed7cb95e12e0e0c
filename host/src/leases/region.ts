import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import type { Mode, RegionClaim } from '../kernel/claims/claim.ts';
import { parseRegion, type RegionRefusal, regionLimits } from '../kernel/regions/index.ts';

export type ResolvedRegion =
  | { kind: 'region'; claim: RegionClaim }
  | { kind: 'refused'; code: string; reason: string; hint: string };

/**
 * A region as it was typed, in the tree as it really is. Links among the names before the first wildcard are followed:
 * one that stays in the tree is another name of where it leads, and one that leads out of it is refused. Case is taken
 * as the file system takes it. What does not exist yet is taken as it is written.
 */
export function resolveRegion(
  tree: string,
  patterns: readonly string[],
  mode: Mode = 'exclusive',
): ResolvedRegion {
  const root = realFolder(tree);
  if (root === null) {
    return {
      kind: 'refused',
      code: 'REGION_OUTSIDE_TREE',
      reason: `There is no folder ${tree}.`,
      hint: 'Name the folder of the workspace, or another one that is there.',
    };
  }
  // Before any file is looked at: of too many there are too many to look at.
  if (patterns.length > regionLimits.patterns) return parsed(patterns, root);
  const inTree = patterns.map((pattern) =>
    isAbsolute(pattern) ? followed(pattern, root) : pattern,
  );
  const first = parsed(inTree, root);
  if (first.kind === 'refused') return first;
  const found: string[] = [];
  for (const pattern of first.claim.patterns.flatMap((each) => throughLinks(each, root))) {
    const real = inRealTree(pattern, root);
    if (typeof real !== 'string') return real;
    found.push(real);
  }
  // What was rewritten is brought into its normal form again.
  const region = parsed(found, root);
  if (region.kind === 'refused') return region;
  return {
    kind: 'region',
    claim: { ...region.claim, mode, ...(foldsCase(root) ? { foldsCase: true } : {}) },
  };
}

function parsed(patterns: readonly string[], root: string): ResolvedRegion {
  const isFolder = (path: string): boolean =>
    statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory() ?? false;
  const region: ReturnType<typeof parseRegion> | RegionRefusal = parseRegion(patterns, {
    root,
    isFolder: (path) => quietly(() => isFolder(path)) ?? false,
  });
  if (region.kind === 'refused') return region;
  return {
    kind: 'region',
    claim: { kind: 'region', tree: root, patterns: region.patterns, mode: 'exclusive' },
  };
}

function realFolder(path: string): string | null {
  return quietly(() => {
    const real = realpathSync(path);
    return statSync(real).isDirectory() ? real : null;
  });
}

/** The text that a name of a pattern stands for; null where it is a wildcard. A set of one is how a sign is written. */
function literal(name: string): string | null {
  const text = name.replace(/\[([^\]!^])\]/g, (_, sign: string) =>
    /[*?[{]/.test(sign) ? '\0' : sign,
  );
  return /[*?[{}\\]/.test(text) ? null : name.replace(/\[([^\]!^])\]/g, '$1');
}

/** The names before the first wildcard, and the rest. */
function split(pattern: string): { names: string[]; rest: string[] } {
  const all = pattern.split('/').filter((name) => name !== '' && name !== '.');
  const names: string[] = [];
  for (const name of all) {
    const text = literal(name);
    if (text === null || text === '..') break;
    names.push(text);
  }
  return { names, rest: all.slice(names.length) };
}

/** An absolute pattern as one of the tree, which may be written by another name; as it is where it is none of it. */
function followed(pattern: string, root: string): string {
  if (pattern.includes('\0')) return pattern;
  const { names, rest } = split(pattern);
  const { real, missing } = existing('/', names);
  if (real === null || isOutside(root, real)) return pattern;
  return [escaped(relative(root, real)) || '.', ...missing.map(escaped), ...rest].join('/');
}

/**
 * A pattern with braces before its first other wildcard, as those that it stands for, when one of them leads through a
 * link; else as it is.
 */
function throughLinks(pattern: string, root: string): readonly string[] {
  if (!pattern.includes('{')) return [pattern];
  const all = withoutBraces(pattern);
  return all.some((each) => inRealTree(each, root) !== each) ? all : [pattern];
}

/** `a{b,c}d` as `abd` and `acd`. Braces in sets are no braces. */
function withoutBraces(pattern: string): string[] {
  const found = /^((?:[^[{]|\[[^\]]+\])*)\{([^{}]*)\}(.*)$/su.exec(pattern);
  if (found === null) return [pattern];
  const [, before = '', within = '', after = ''] = found;
  return within.split(',').flatMap((each) => withoutBraces(before + each + after));
}

/** A pattern of the tree, with the links before its first wildcard followed; or why it is none of the tree. */
function inRealTree(pattern: string, root: string): string | ResolvedRegion {
  const { names, rest } = split(pattern);
  const { real, missing } = existing(root, names);
  if (real === null) {
    return refused(
      'REGION_INVALID',
      `${JSON.stringify(pattern)} leads through a link that leads nowhere.`,
      'Mend the link, or name the paths themselves.',
    );
  }
  const inside = relative(root, real);
  if (isOutside(root, real)) {
    return refused(
      'REGION_OUTSIDE_TREE',
      `${JSON.stringify(pattern)} leads out of the tree ${root}, to ${real}, by a link.`,
      'Name paths that are in the tree; what lies elsewhere belongs to the tree there.',
    );
  }
  // As it was written, unless a link was followed.
  if (inside === names.slice(0, names.length - missing.length).join(sep)) return pattern;
  const whole = [...escaped(inside).split(sep), ...missing.map(escaped), ...rest];
  return inside === '' && whole.length === 1 ? '**' : whole.filter((name) => name !== '').join('/');
}

/** Where the longest part of a path that is there really lies; `real` is null for a link that leads nowhere. */
function existing(
  root: string,
  names: readonly string[],
): { real: string | null; missing: string[] } {
  for (let count = names.length; count > 0; count--) {
    const path = join(root, ...names.slice(0, count));
    const real = quietly(() => realpathSync(path));
    if (real !== null) return { real, missing: names.slice(count) };
    if (quietly(() => lstatSync(path).isSymbolicLink()) === true)
      return { real: null, missing: [] };
  }
  return { real: root, missing: [...names] };
}

/** A name as a pattern that matches it alone. */
const escaped = (path: string): string => path.replace(/[*?[{}]/g, (sign) => `[${sign}]`);

const folds = new Map<string, boolean>();

/** Whether the tree's file system takes another case for the same name: asked of a name that is there. */
function foldsCase(root: string): boolean {
  const known = folds.get(root);
  if (known !== undefined) return known;
  const names = quietly(() => readdirSync(root)) ?? [];
  const name = names.find((each) => otherCase(each) !== each);
  const found =
    name === undefined
      ? isSameFile(root, join(dirname(root), otherCase(basename(root))))
      : isSameFile(join(root, name), join(root, otherCase(name)));
  folds.set(root, found);
  return found;
}

const otherCase = (name: string): string =>
  name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();

function isSameFile(path: string, other: string): boolean {
  if (path === other) return false;
  const [a, b] = [path, other].map((each) => quietly(() => lstatSync(each, { bigint: true })));
  return (
    a !== null &&
    b !== null &&
    a !== undefined &&
    b !== undefined &&
    a.ino === b.ino &&
    a.dev === b.dev
  );
}

function isOutside(root: string, path: string): boolean {
  const inside = relative(root, path);
  return inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside);
}

const refused = (code: string, reason: string, hint: string): ResolvedRegion => ({
  kind: 'refused',
  code,
  reason,
  hint,
});

/** Null for what is not there or cannot be looked at. */
function quietly<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
