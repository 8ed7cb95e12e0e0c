import {
  type Ranges,
  commonRanges,
  filler,
  has,
  nameCharacters,
  pick,
  without,
} from './characters.ts';
import { foldPoint, foldRanges, foldText, foldedOnly } from './fold.ts';
import { literalOf } from './names.ts';
import type { Part } from './parts.ts';
import { commonSequence, matchesSequence } from './sequences.ts';

/** One name of a compiled pattern. */
export interface Segment {
  /** The only name it matches, or null. */
  readonly literal: string | null;
  readonly tokens: readonly Token[];
  /** What every name that it matches begins and ends with. */
  readonly head: string;
  readonly tail: string;
}

/** A character by its code point, a set, any character, or any number of them. */
type Token = number | Ranges | '?' | '*';

export function segmentOf(name: readonly Part[], foldsCase: boolean): Segment {
  const exact = literalOf(name);
  if (exact !== null) return literalSegment(foldsCase ? foldText(exact) : exact);
  const tokens = tokensOf(name, foldsCase);
  const first = tokens.findIndex(isOpen);
  const last = tokens.findLastIndex(isOpen);
  return {
    literal: null,
    tokens,
    head: textOf(tokens.slice(0, first)),
    tail: textOf(tokens.slice(last + 1)),
  };
}

export const literalSegment = (text: string): Segment => new Literal(text);

/** A name of ASCII characters that stand for themselves, and of stars no two of which stand side by side. */
export const starredSegment = (text: string): Segment => new Starred(text);

/** Its characters are looked at only where it meets a wildcard, which most names never do. */
class Literal implements Segment {
  readonly literal: string;
  readonly head: string;
  readonly tail: string;
  #tokens: readonly Token[] | null = null;

  constructor(text: string) {
    this.literal = text;
    this.head = text;
    this.tail = text;
  }

  get tokens(): readonly Token[] {
    this.#tokens ??= Array.from(this.literal, (character) => character.codePointAt(0) ?? 0);
    return this.#tokens;
  }
}

/** The same for a name with stars, whose beginning and end tell it from most others. */
class Starred implements Segment {
  readonly literal = null;
  readonly head: string;
  readonly tail: string;
  readonly #text: string;
  #tokens: readonly Token[] | null = null;

  constructor(text: string) {
    this.#text = text;
    this.head = text.slice(0, text.indexOf('*'));
    this.tail = text.slice(text.lastIndexOf('*') + 1);
  }

  get tokens(): readonly Token[] {
    this.#tokens ??= Array.from(this.#text, (character) =>
      character === '*' ? character : character.charCodeAt(0),
    );
    return this.#tokens;
  }
}

/** Seen at a glance: other names, or names with another beginning or end. False leaves it open. */
export function namesDiffer(a: Segment, b: Segment): boolean {
  if (a.literal !== null && b.literal !== null) return a.literal !== b.literal;
  return (
    (!a.head.startsWith(b.head) && !b.head.startsWith(a.head)) ||
    (!a.tail.endsWith(b.tail) && !b.tail.endsWith(a.tail))
  );
}

/** A name that both match, or null. */
export function commonName(a: Segment, b: Segment): string | null {
  if (namesDiffer(a, b)) return null;
  if (a.literal !== null && b.literal !== null) return a.literal;
  const points = commonSequence<Token, number>(a.tokens, b.tokens, characters);
  return points === null ? null : nameOf(points);
}

/** A name that it matches. */
export function someName(segment: Segment): string {
  if (segment.literal !== null) return segment.literal;
  return nameOf(segment.tokens.filter((token) => token !== '*').map(someCharacter));
}

export function matchesName(segment: Segment, name: Segment): boolean {
  if (segment.literal !== null) return segment.literal === name.literal;
  return matchesSequence<Token, Token>(segment.tokens, name.tokens, '*', matchesCharacter);
}

/** Only stars have nothing in common that has to be there, and a name has one character at least. */
const nameOf = (points: readonly number[]): string =>
  points.length === 0 ? String.fromCodePoint(filler) : String.fromCodePoint(...points);

const isOpen = (token: Token): boolean => typeof token !== 'number';
const textOf = (tokens: readonly Token[]): string =>
  tokens.map((token) => (typeof token === 'number' ? String.fromCodePoint(token) : '')).join('');

/** Characters that stand side by side are composed, as those of a name are. */
function tokensOf(name: readonly Part[], foldsCase: boolean): Token[] {
  const tokens: Token[] = [];
  let run = '';
  const endRun = (): void => {
    for (const character of run.normalize('NFC')) {
      const point = character.codePointAt(0) ?? 0;
      tokens.push(foldsCase ? foldPoint(point) : point);
    }
    run = '';
  };
  for (const part of name) {
    if (part.kind === 'character') {
      run += part.text;
      continue;
    }
    endRun();
    if (part.kind === 'star') tokens.push('*');
    else if (part.kind === 'any') tokens.push('?');
    else if (part.kind === 'set') tokens.push(setOf(part, foldsCase));
  }
  endRun();
  return tokens;
}

/** What a set leaves out it leaves out in both cases. */
function setOf({ isNegated, ranges }: Part & { kind: 'set' }, foldsCase: boolean): Ranges {
  if (!foldsCase) return ranges;
  if (!isNegated) return foldRanges(ranges);
  return foldedOnly(without(nameCharacters, foldRanges(without(nameCharacters, ranges))));
}

function matchesCharacter(token: Token, name: Token): boolean {
  return (
    token === '?' || token === name || (typeof token === 'object' && has(token, name as number))
  );
}

function someCharacter(token: Token): number {
  if (typeof token === 'number') return token;
  return typeof token === 'object' ? (pick(token) ?? filler) : filler;
}

const characters = { many: '*', one: someCharacter, both: commonCharacter } as const;

function commonCharacter(a: Token, b: Token): number | null {
  if (a === '?') return someCharacter(b);
  if (b === '?') return someCharacter(a);
  if (typeof a === 'number') return matchesCharacter(b, a) ? a : null;
  if (typeof b === 'number') return matchesCharacter(a, b) ? b : null;
  return pick(commonRanges(a as Ranges, b as Ranges));
}
