import { type Ranges, nameCharacters, rangesOf, without, commonRanges } from './characters.ts';
import { type RegionRefusal, invalid } from './refusal.ts';

/** What a pattern is written in. `/` parts names; the other strings are single characters. */
export type Part =
  | { kind: 'character'; text: string }
  | { kind: 'slash' }
  | { kind: 'any' }
  | { kind: 'star' }
  | { kind: 'set'; text: string; isNegated: boolean; ranges: Ranges }
  | { kind: 'braces'; alternatives: readonly (readonly Part[])[] };

/** A pattern's text, which has slashes for backslashes and is NFC, in parts. */
export function readParts(text: string): readonly Part[] | RegionRefusal {
  const reader: Reader = { characters: Array.from(text), at: 0 };
  const parts = readUntil(reader, false);
  return 'kind' in parts ? parts : parts.parts;
}

export function printParts(parts: readonly Part[]): string {
  return parts.map(print).join('');
}

function print(part: Part): string {
  switch (part.kind) {
    case 'character':
    case 'set':
      return part.text;
    case 'slash':
      return '/';
    case 'any':
      return '?';
    case 'star':
      return '*';
    case 'braces':
      return `{${part.alternatives.map(printParts).join(',')}}`;
  }
}

interface Reader {
  characters: readonly string[];
  at: number;
}

/** Inside of braces a comma or the closing brace ends it. */
function readUntil(reader: Reader, isInBraces: boolean): { parts: Part[] } | RegionRefusal {
  const { characters } = reader;
  const parts: Part[] = [];
  for (; reader.at < characters.length; reader.at++) {
    const character = characters[reader.at] ?? '';
    if (isInBraces && (character === ',' || character === '}')) return { parts };
    if ('@+?*!'.includes(character) && characters[reader.at + 1] === '(')
      return extended(character);
    const part = readPart(reader, character);
    if (part.kind === 'refused') return part;
    parts.push(part);
  }
  return isInBraces ? openBrace : { parts };
}

function readPart(reader: Reader, character: string): Part | RegionRefusal {
  switch (character) {
    case '/':
      return { kind: 'slash' };
    case '?':
      return { kind: 'any' };
    case '*':
      return { kind: 'star' };
    case '[':
      return readSet(reader);
    case '{':
      return readBraces(reader);
    default:
      return { kind: 'character', text: character };
  }
}

/** Leaves the reader at the closing brace. */
function readBraces(reader: Reader): Part | RegionRefusal {
  const alternatives: Part[][] = [];
  do {
    reader.at++;
    const alternative = readUntil(reader, true);
    if ('kind' in alternative) return alternative;
    alternatives.push(alternative.parts);
  } while (reader.characters[reader.at] === ',');
  return alternatives.length > 1
    ? { kind: 'braces', alternatives }
    : oneAlternative(printParts(alternatives[0] ?? []));
}

/** Leaves the reader at the closing bracket. */
function readSet(reader: Reader): Part | RegionRefusal {
  const { characters } = reader;
  const isNegated = '!^'.includes(characters[reader.at + 1] ?? ' ');
  const first = reader.at + (isNegated ? 2 : 1);
  const end = characters.indexOf(']', first + 1);
  if (end < 0) return openBracket;
  const members = characters.slice(first, end);
  const text = `[${isNegated ? '!' : ''}${members.join('')}]`;
  if (members.includes('/')) return slashInSet(text);
  if (/^\[[:.=]/.test(members.slice(members.indexOf('[')).join(''))) return namedSet(text);
  const pairs = pairsIn(members);
  const backwards = pairs.find(([from, to]) => from > to);
  if (backwards !== undefined) return backwardsRange(text);
  const named = rangesOf(pairs);
  const ranges = isNegated ? without(nameCharacters, named) : commonRanges(nameCharacters, named);
  if (ranges.length === 0) return emptySet(text);
  reader.at = end;
  return { kind: 'set', text, isNegated, ranges };
}

function pairsIn(members: readonly string[]): [from: number, to: number][] {
  const points = members.map((member) => member.codePointAt(0) ?? 0);
  const pairs: [number, number][] = [];
  for (let at = 0; at < points.length; at++) {
    const isRange = members[at + 1] === '-' && at + 2 < points.length;
    pairs.push([points[at] ?? 0, points[isRange ? at + 2 : at] ?? 0]);
    if (isRange) at += 2;
  }
  return pairs;
}

const openBracket = invalid(
  'A [ has no ] in the same name.',
  'Close the set, as in [ab], or write [[] for a bracket that is part of a name.',
);
const openBrace = invalid(
  'A { has no }.',
  'Close the braces, as in {a,b}, or write [{] for a brace that is part of a name.',
);
const slashInSet = (text: string) =>
  invalid(
    `The set ${text} has a slash in it, which no name has.`,
    'Use braces for parts of a path, as in {src/a,docs}, or write [[] for a bracket that is part of a name.',
  );
const namedSet = (text: string) =>
  invalid(`Sets by name, as in ${text}, are not known.`, 'Write the characters: [a-z0-9].');
const backwardsRange = (text: string) =>
  invalid(`The set ${text} has a range that ends before it starts.`, 'Turn it round: [a-z].');
const emptySet = (text: string) =>
  invalid(`The set ${text} matches no character.`, 'Leave it out, or write ? for any character.');
const oneAlternative = (inside: string) =>
  /^[^.]+\.\.[^.]+$/.test(inside)
    ? invalid(
        `Counting braces, as in {${inside}}, are not known.`,
        'Write all of it: {1,2,3}, or a set: [1-3].',
      )
    : invalid(
        `The braces {${inside}} have one alternative only.`,
        'Write two at least, {a,b}, or [{] for a brace that is part of a name.',
      );
const extended = (sign: string) =>
  invalid(
    `${sign}( begins an extended pattern, and those are not known.`,
    `Write alternatives as {a,b}, or ${'?*'.includes(sign) ? sign : `[${sign}]`}[(] for a name with a parenthesis.`,
  );
