import { regionLimits } from './limits.ts';
import { literalOf, type Name } from './names.ts';
import { alternativePaths, type PatternOptions, parsePattern } from './parse.ts';
import { type RegionRefusal, invalid, refused } from './refusal.ts';

export type ParsedRegion = { kind: 'region'; patterns: readonly string[] } | RegionRefusal;

/** Patterns as they were typed, in their normal form, each once and in the order given; see `parsePattern`. */
export function parseRegion(texts: readonly string[], options: PatternOptions = {}): ParsedRegion {
  if (texts.length === 0) return empty;
  if (texts.length > regionLimits.patterns) return tooManyPatterns(texts.length);
  const patterns = new Set<string>();
  let alternatives = 0;
  let wildcards = 0;
  for (const text of texts) {
    const parsed = parsePattern(text, options);
    if (parsed.kind === 'refused') return about(text, parsed);
    if (patterns.has(parsed.pattern)) continue;
    patterns.add(parsed.pattern);
    const paths = alternativePaths(parsed.pattern);
    if ('kind' in paths) return about(text, paths);
    alternatives += paths.length;
    for (const path of paths) wildcards += wildcardsIn(path);
    if (alternatives > regionLimits.allAlternatives) return tooManyAlternatives();
    if (wildcards > regionLimits.wildcards) return tooManyWildcards;
  }
  return { kind: 'region', patterns: [...patterns] };
}

/** What it takes to compare the path with another one, beyond the names that it begins with. */
function wildcardsIn(path: readonly Name[]): number {
  const isLiteral = path.map((name) => name !== '**' && literalOf(name) !== null);
  const first = isLiteral.indexOf(false);
  if (first < 0) return 0;
  const behind = path.slice(first);
  return behind.reduce(
    (sum, name, at) =>
      sum + (name === '**' || isLiteral[first + at] === true ? 1 : 1 + name.length),
    0,
  );
}

/** Null for patterns that are a region in its normal form already. */
export function checkRegion(patterns: readonly string[]): RegionRefusal | null {
  const parsed = parseRegion(patterns);
  if (parsed.kind === 'refused') return parsed;
  const same = parsed.patterns.length === patterns.length;
  if (same && parsed.patterns.every((pattern, at) => pattern === patterns[at])) return null;
  return invalid(
    'The patterns are not in their normal form.',
    `Write them as ${parsed.patterns.slice(0, 3).join(' ')}${parsed.patterns.length > 3 ? ' …' : ''}.`,
  );
}

/** The reason, with the pattern that it is about. */
function about(text: string, { code, reason, hint }: RegionRefusal): RegionRefusal {
  const shown = text.length > 80 ? `${Array.from(text).slice(0, 80).join('')}…` : text;
  return refused(
    code,
    text === '' ? reason : `${JSON.stringify(shown)} is no pattern: ${reason}`,
    hint,
  );
}

const empty = refused(
  'REGION_EMPTY',
  'The region has no pattern, and what it means is not known.',
  'Name the paths, as in src/**, or ** for the whole tree.',
);
const tooManyPatterns = (count: number) =>
  invalid(
    `The region has ${count.toLocaleString('en')} patterns, and ${regionLimits.patterns.toLocaleString('en')} are the most.`,
    'Name folders in the place of the files in them.',
  );
const tooManyWildcards = invalid(
  'The region has more wildcards than can be compared with another in time.',
  'Write fewer or shorter patterns with wildcards, or name folders.',
);
// Worded when it is needed: the first number that is written with commas costs ten milliseconds.
const tooManyAlternatives = () =>
  invalid(
    `The braces of the region stand for more than ${regionLimits.allAlternatives.toLocaleString('en')} patterns.`,
    'Write wildcards, or folders, in their place.',
  );
