import { type Beginnings, beginningsOf } from './beginnings.ts';
import { isFileName } from './file-names.ts';
import { type Name, literalOf } from './names.ts';
import type { Part } from './parts.ts';
import { alternativePaths } from './parse.ts';
import { literalSegment, type Segment, segmentOf, starredSegment } from './segment.ts';

/** A pattern of a region, ready to be compared. One with braces is there once for each alternative. */
export interface CompiledPattern {
  /** As it stands in the claim. */
  text: string;
  segments: readonly (Segment | '**')[];
  /** The names that come before the first wildcard. */
  prefix: readonly string[];
  /** What it names, without what is below, where that is a file as far as a name can tell; else null. */
  file: readonly (Segment | '**')[] | null;
}

/** The patterns by the names that they begin with: those of other names are never looked at. */
export interface Branch {
  here: CompiledPattern[];
  below: Map<string, Branch>;
}

export interface CompiledRegion {
  foldsCase: boolean;
  patterns: readonly CompiledPattern[];
  index: Branch;
  /** With which names, and with which two, its patterns begin: most regions are told apart by these alone. */
  beginnings: Beginnings;
  /** Patterns that cannot be read, of a ledger that another version wrote: they may match anything, and cover nothing. */
  unread: readonly string[];
}

/**
 * A region ready to be compared; worth keeping as long as its claim. The patterns are normalised.
 *
 * A pattern whose last name has no wildcard stands for what it names and for everything below: `src` is `src/**`. Where
 * that name is a file's (`docs/a.py`), nothing but names can lead below it: `docs/a.py/x` meets it, and `**`+`/x` does
 * not, or nobody could work at `**`+`/*.md` beside it. What is really a folder is written `conf.d/**`; see
 * `parsePattern`.
 */
export function compileRegion(region: {
  patterns: readonly string[];
  foldsCase?: boolean;
}): CompiledRegion {
  const foldsCase = region.foldsCase === true;
  const patterns: CompiledPattern[] = [];
  const unread: string[] = [];
  const index: Branch = { here: [], below: new Map() };
  for (const text of region.patterns) {
    if (plainPath.test(text)) {
      patterns.push(compiledNames(text, foldsCase));
      continue;
    }
    if (starredPath.test(text)) {
      patterns.push(compiledStars(text, foldsCase));
      continue;
    }
    const paths = alternativePaths(text);
    if ('kind' in paths) unread.push(text);
    else patterns.push(...paths.map((names) => compiled(text, names, foldsCase)));
  }
  for (const pattern of patterns) plant(index, pattern);
  const beginnings = beginningsOf(unread.length > 0 ? [[]] : patterns.map(({ prefix }) => prefix));
  return { foldsCase, patterns, index, beginnings, unread };
}

/** What is its own normal form and has no wildcard but a last `**`: nearly every pattern, and nothing to be read closely. */
const plainPath = /^(?=.{1,1000}$)(?:\.?[\w@+~-][\w.@+~-]*\/)*(?:\.?[\w@+~-][\w.@+~-]*|\*\*)$/;

function compiledNames(text: string, foldsCase: boolean): CompiledPattern {
  const names = (foldsCase ? text.toLowerCase() : text).split('/');
  const isBelow = names.at(-1) === '**';
  const prefix = isBelow ? names.slice(0, -1) : names;
  const literals = prefix.map(literalSegment);
  const isFile = !isBelow && isFileName(text.slice(text.lastIndexOf('/') + 1));
  return { text, segments: [...literals, '**'], prefix, file: isFile ? literals : null };
}

/** The same with stars inside of its names, and with `**` wherever no other one stands beside it. */
const starredPath =
  /^(?=.{1,1000}$)(?=.*\*)(?!(?:.*\/)?\*\*\/\*\*(?:\/|$))(?:(?:\*\*|(?!\.{1,2}(?:\/|$))(?:[\w.@+~-]|\*(?!\*))+)(?:\/(?!$)|$))+$/;

function compiledStars(text: string, foldsCase: boolean): CompiledPattern {
  const names = (foldsCase ? text.toLowerCase() : text).split('/');
  const segments = names.map((name) => {
    if (name === '**') return name;
    return name.includes('*') ? starredSegment(name) : literalSegment(name);
  });
  const last = names.at(-1) ?? '';
  const isPlain = !last.includes('*');
  const file = isPlain && isFileName(text.slice(text.lastIndexOf('/') + 1)) ? [...segments] : null;
  if (isPlain) segments.push('**');
  const prefix = names.slice(
    0,
    names.findIndex((name) => name.includes('*')),
  );
  return { text, segments, prefix, file };
}

const folded = new WeakMap<CompiledRegion, CompiledRegion>();

/** The same region in a tree that folds case. */
export function foldingCase(region: CompiledRegion): CompiledRegion {
  if (region.foldsCase) return region;
  const known = folded.get(region);
  if (known !== undefined) return known;
  const texts = new Set(region.patterns.map(({ text }) => text));
  const made = compileRegion({ patterns: [...texts, ...region.unread], foldsCase: true });
  folded.set(region, made);
  return made;
}

function compiled(text: string, names: readonly Name[], foldsCase: boolean): CompiledPattern {
  const segments = names.map((name) => (name === '**' ? name : segmentOf(name, foldsCase)));
  const last = literalAt(segments, -1);
  const file =
    last !== null && isFileName(literalOf(names.at(-1) as Part[]) ?? '') ? [...segments] : null;
  if (last !== null) segments.push('**');
  const end = segments.findIndex((_, at) => literalAt(segments, at) === null);
  const prefix = segments.slice(0, end).map((_, at) => literalAt(segments, at) ?? '');
  return { text, segments, prefix, file };
}

function literalAt(segments: readonly (Segment | '**')[], index: number): string | null {
  const segment = segments.at(index);
  return segment === undefined || segment === '**' ? null : segment.literal;
}

function plant(index: Branch, pattern: CompiledPattern): void {
  let branch = index;
  for (const name of pattern.prefix) {
    let next = branch.below.get(name);
    if (next === undefined) {
      next = { here: [], below: new Map() };
      branch.below.set(name, next);
    }
    branch = next;
  }
  branch.here.push(pattern);
}
