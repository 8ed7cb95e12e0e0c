import { alternativesOf } from './alternatives.ts';
import { isFileName } from './file-names.ts';
import { regionLimits } from './limits.ts';
import { type Name, isAnyDepth, literalOf, namesOf, splitAtSlashes } from './names.ts';
import { type Part, printParts, readParts } from './parts.ts';
import { type RegionRefusal, invalid, refused } from './refusal.ts';
import { isAbsolute, withinTree } from './within-tree.ts';

export type ParsedPattern = { kind: 'pattern'; pattern: string } | RegionRefusal;

export interface PatternOptions {
  /** The real path of the tree; without it every absolute pattern lies outside. */
  root?: string;
  /** Whether a path of the tree is a folder; asked of names that look like a file's. */
  isFolder?: (path: string) => boolean;
}

/**
 * One pattern as it was typed, in its normal form: names from the root of the tree, slashes, NFC, with `.`, `..` and
 * what is doubled resolved. A folder that has the name of a file becomes `name.d/**`. The normal form of a normal form
 * is itself.
 */
export function parsePattern(text: string, options: PatternOptions = {}): ParsedPattern {
  const read = readPattern(text, options.root);
  if ('kind' in read) return read;
  const { parts, alternatives } = read;
  const isBelow = (names: readonly Name[]) => isFolderOfFileName(names, text, options.isFolder);
  const printed = alternatives.some(isBelow)
    ? printAll(alternatives.map((names) => (isBelow(names) ? [...names, '**'] : names)))
    : keepsItsBraces(parts)
      ? printPath(namesKept(parts))
      : printAll(alternatives);
  return lengthOf(printed) > regionLimits.characters
    ? tooLong
    : { kind: 'pattern', pattern: isOnlyInTree(printed) ? `./${printed}` : printed };
}

/** The paths that a pattern stands for, one for each alternative of its braces. */
export function alternativePaths(pattern: string): readonly (readonly Name[])[] | RegionRefusal {
  const read = readPattern(pattern, undefined);
  return 'kind' in read ? read : read.alternatives;
}

interface ReadPattern {
  parts: readonly Part[];
  alternatives: readonly (readonly Name[])[];
}

function readPattern(text: string, root: string | undefined): ReadPattern | RegionRefusal {
  const wrong = wrongText(text);
  if (wrong !== null) return wrong;
  const path = withinTree(text.replaceAll('\\', '/').normalize('NFC'), root?.normalize('NFC'));
  if (typeof path !== 'string') return path;
  const parts = readParts(path);
  if ('kind' in parts) return parts;
  const expanded = alternativesOf(parts);
  if ('kind' in expanded) return expanded;
  const alternatives: (readonly Name[])[] = [];
  for (const alternative of expanded) {
    if (alternative[0]?.kind === 'slash' && expanded.length > 1) return slashInBraces;
    const names = namesOf(alternative);
    if ('kind' in names) return names;
    alternatives.push(names.length === 0 ? ['**'] : names);
  }
  return { parts, alternatives };
}

function wrongText(text: string): RegionRefusal | null {
  if (text === '') return empty;
  if (text.length > 2 * regionLimits.characters || lengthOf(text) > regionLimits.characters) {
    return tooLong;
  }
  if (text.includes('\0')) return nul;
  if (!text.isWellFormed()) return halfCharacter;
  return text.startsWith('!') ? exclusion : null;
}

/** A wildcard of another pattern does not lead below a file; see `compileRegion`. */
function isFolderOfFileName(
  names: readonly Name[],
  text: string,
  isFolder: PatternOptions['isFolder'] = () => false,
): boolean {
  const literals = names.map((name) => (name === '**' ? null : literalOf(name)));
  if (!isFileName(literals.at(-1) ?? '')) return false;
  return /[/\\]$/.test(text) || (!literals.includes(null) && isFolder(literals.join('/')));
}

/** What would be something else, were it not said to be a path from here. */
const isOnlyInTree = (path: string): boolean => path.startsWith('!') || isAbsolute(path);

/** In code points, so that what is written in letters outside of the first plane has as many as any other. */
const lengthOf = (text: string): number => Array.from(text).length;

/** Every alternative has the same names but for what is said inside of one of them. */
function keepsItsBraces(parts: readonly Part[]): boolean {
  return splitAtSlashes(parts).every((name) => {
    if (!name.some(({ kind }) => kind === 'braces')) return true;
    const alternatives = alternativesOf(name);
    if ('kind' in alternatives) return false;
    return alternatives.every((alternative) => {
      if (alternative.some(({ kind }) => kind === 'slash') || isAnyDepth(alternative)) return false;
      return !['', '.', '..'].includes(literalOf(alternative) ?? 'a');
    });
  });
}

function namesKept(parts: readonly Part[]): readonly Name[] {
  const names = namesOf(parts);
  return 'kind' in names || names.length === 0 ? ['**'] : names;
}

function printAll(alternatives: readonly (readonly Name[])[]): string {
  const printed = [...new Set(alternatives.map(printPath))];
  return printed.length === 1 ? (printed[0] ?? '') : `{${printed.map(inBraces).join(',')}}`;
}

function printPath(names: readonly Name[]): string {
  return names
    .map((name) => (name === '**' ? name : printParts(name)))
    .join('/')
    .normalize('NFC');
}

/** A comma or a brace that is part of a name stands in a set there. */
function inBraces(path: string): string {
  return path.replaceAll(/\[!?.[^\]]*\]|[,}]/gsu, (found) =>
    found.length > 1 ? found : `[${found}]`,
  );
}

const empty = refused(
  'REGION_EMPTY',
  'The pattern is empty, which could mean nothing or everything.',
  'Write ** for the whole tree.',
);
const tooLong = invalid(
  `It is longer than ${regionLimits.characters} characters.`,
  'Write several shorter patterns.',
);
const nul = invalid('It has a NUL character in it, which no path has.', 'Take it out.');
const halfCharacter = invalid(
  'It has half of a character in it (a lone surrogate), which no path has.',
  'Write it in UTF-8.',
);
const exclusion = invalid(
  'It begins with !, and a region has no exclusions.',
  'Name what is meant, or write ./! for a name that begins with an exclamation mark.',
);
const slashInBraces = refused(
  'REGION_OUTSIDE_TREE',
  'An alternative in its braces is an absolute path.',
  'Write paths from the root of the tree in braces.',
);
