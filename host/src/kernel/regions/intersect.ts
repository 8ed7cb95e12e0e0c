import { beginApart } from './beginnings.ts';
import { type Branch, type CompiledPattern, type CompiledRegion, foldingCase } from './compile.ts';
import { type Segment, commonName, literalSegment, namesDiffer, someName } from './segment.ts';
import { matchesPath } from './path.ts';
import { commonSequence } from './sequences.ts';

/** Where two regions meet: a pattern of each, and a path that both match. */
export interface Meeting {
  a: string;
  b: string;
  witness: string;
}

/**
 * Whether some path lies in both regions, and which. Exact, both ways; regions of which one is of a tree that folds
 * case meet as if both were.
 */
export function regionsIntersect(a: CompiledRegion, b: CompiledRegion): Meeting | null {
  if (a.foldsCase !== b.foldsCase) return regionsIntersect(foldingCase(a), foldingCase(b));
  if (beginApart(a.beginnings, b.beginnings)) return null;
  if (a.unread.length > 0 || b.unread.length > 0) return meetingOfUnread(a, b);
  if (a.patterns.length > b.patterns.length) {
    const turned = regionsIntersect(b, a);
    return turned === null ? null : { a: turned.b, b: turned.a, witness: turned.witness };
  }
  for (const pattern of a.patterns) {
    const found = meetingIn(b.index, pattern);
    if (found !== null) return { a: pattern.text, b: found.pattern.text, witness: found.witness };
  }
  return null;
}

interface Found {
  pattern: CompiledPattern;
  witness: string;
}

/** Down the names that the pattern begins with, and from there into everything. */
function meetingIn(index: Branch, pattern: CompiledPattern): Found | null {
  let branch: Branch | undefined = index;
  for (let depth = 0; depth < pattern.prefix.length; depth++) {
    const found = meetingHere(branch, pattern, depth);
    if (found !== null) return found;
    branch = branch.below.get(pattern.prefix[depth] ?? '');
    if (branch === undefined) return null;
  }
  return meetingBelow(branch, pattern);
}

function meetingBelow(branch: Branch, pattern: CompiledPattern): Found | null {
  const found = meetingHere(branch, pattern, pattern.prefix.length);
  if (found !== null) return found;
  for (const next of branch.below.values()) {
    const below = meetingBelow(next, pattern);
    if (below !== null) return below;
  }
  return null;
}

function meetingHere({ here }: Branch, pattern: CompiledPattern, same: number): Found | null {
  for (const other of here) {
    const witness = commonPath(other, pattern, same);
    if (witness !== null) return { pattern: other, witness };
  }
  return null;
}

/** A path that both match. They begin with `same` names without wildcards that are the same. */
function commonPath(a: CompiledPattern, b: CompiledPattern, same: number): string | null {
  const left = a.file ?? a.segments;
  const right = b.file ?? b.segments;
  const found = commonNames(left, right, same);
  if (found !== null) return pathOf(a, found, same);
  const below =
    (leadsBelow(b, a) ? commonNames(a.segments, right, same) : null) ??
    (leadsBelow(a, b) ? commonNames(left, b.segments, same) : null);
  return below === null ? null : pathOf(a, below, same);
}

/** Whether a pattern says by name that what another one takes for a file is a folder. */
function leadsBelow({ prefix }: CompiledPattern, other: CompiledPattern): boolean {
  const file = other.file?.at(-1);
  if (file === undefined || file === '**' || !prefix.includes(file.literal ?? '')) return false;
  return matchesPath(other.segments, prefix.map(literalSegment), 0);
}

const pathOf = ({ prefix }: CompiledPattern, names: readonly string[], same: number): string =>
  [...prefix.slice(0, same), ...names].join('/') || someName(anyName);

function commonNames(
  a: readonly (Segment | '**')[],
  b: readonly (Segment | '**')[],
  same: number,
): string[] | null {
  if (endsDiffer(a, b, same)) return null;
  return commonSequence<Segment | '**', string>(a, b, paths, same);
}

/** From the end backwards up to the first `**` the names of both stand side by side; most pairs differ there. */
function endsDiffer(
  a: readonly (Segment | '**')[],
  b: readonly (Segment | '**')[],
  same: number,
): boolean {
  for (let i = a.length - 1, j = b.length - 1; i >= same && j >= same; i--, j--) {
    const left = a[i];
    const right = b[j];
    if (left === undefined || right === undefined || left === '**' || right === '**') return false;
    if (namesDiffer(left, right)) return true;
  }
  return false;
}

const anyName: Segment = { literal: null, tokens: ['*'], head: '', tail: '' };

const paths = {
  many: '**' as const,
  both: (a: Segment | '**', b: Segment | '**') => commonName(a as Segment, b as Segment),
  one: (segment: Segment | '**') => someName(segment as Segment),
};

function meetingOfUnread(a: CompiledRegion, b: CompiledRegion): Meeting | null {
  const left = a.unread[0] ?? a.patterns[0]?.text;
  const right = b.unread[0] ?? b.patterns[0]?.text;
  if (left === undefined || right === undefined) return null;
  return { a: left, b: right, witness: a.unread.length > 0 ? right : left };
}
