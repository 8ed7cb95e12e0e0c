import fc from 'fast-check';
import { regionLimits } from '../../src/kernel/regions/limits.ts';

/** Patterns as trees, with their text and, by another road than the product, what they match. */
type Piece =
  | { kind: 'text'; text: string }
  | { kind: 'any' }
  | { kind: 'star' }
  | { kind: 'set'; text: string; members: string; isNegated: boolean }
  | { kind: 'braces'; alternatives: readonly (readonly Piece[])[] };

type ModelName = readonly Piece[] | '**';
export type ModelPattern = readonly ModelName[];

/** Every path of one to four of these names. */
export function everyPath(names: readonly string[]): string[] {
  let layer = [...names];
  const all = [...layer];
  for (let depth = 2; depth <= 4; depth++) {
    layer = layer.flatMap((path) => names.map((name) => `${path}/${name}`));
    all.push(...layer);
  }
  return all;
}

export function textOf(pattern: ModelPattern): string {
  return pattern.map((name) => (name === '**' ? name : name.map(pieceText).join(''))).join('/');
}

function pieceText(piece: Piece): string {
  switch (piece.kind) {
    case 'text':
    case 'set':
      return piece.text;
    case 'any':
      return '?';
    case 'star':
      return '*';
    case 'braces':
      return `{${piece.alternatives.map((each) => each.map(pieceText).join('')).join(',')}}`;
  }
}

/** What the patterns match, as one regular expression for each alternative. */
export function oracle(patterns: readonly ModelPattern[], flags = ''): (path: string) => boolean {
  const expressions = patterns
    .flatMap(spelledOut)
    .map((names) => new RegExp(`^${namesExpression(names)}$`, `su${flags}`));
  return (path) => expressions.some((expression) => expression.test(`/${path}`));
}

function namesExpression(names: ModelPattern): string {
  const last = names.at(-1);
  const isPlain = last !== undefined && last !== '**' && last.every(isOneText);
  const path = names.map((name) =>
    name === '**' ? anyDepth : `/${name.map(pieceExpression).join('')}`,
  );
  return path.join('') + (isPlain ? anyDepth : '');
}
const anyDepth = '(?:/[^/]+)*';

function isOneText(piece: Piece): boolean {
  return (
    piece.kind === 'text' ||
    (piece.kind === 'set' && !piece.isNegated && piece.members.length === 1)
  );
}

function pieceExpression(piece: Piece): string {
  switch (piece.kind) {
    case 'text':
      return piece.text; // letters only
    case 'any':
      return '[^/]';
    case 'star':
      return '[^/]*';
    case 'set':
      return piece.isNegated ? `[^/${piece.members}]` : `[${piece.members}]`;
    case 'braces':
      throw new Error('braces are spelled out');
  }
}

function spelledOut(pattern: ModelPattern): ModelName[][] {
  let all: ModelName[][] = [[]];
  for (const name of pattern) {
    const spellings: ModelName[] = name === '**' ? [name] : spellingsOf(name);
    all = all.flatMap((before) => spellings.map((spelling) => [...before, spelling]));
  }
  return all;
}

function spellingsOf(pieces: readonly Piece[]): Piece[][] {
  const [first, ...rest] = pieces;
  if (first === undefined) return [[]];
  const heads = first.kind === 'braces' ? first.alternatives.flatMap(spellingsOf) : [[first]];
  const tails = spellingsOf(rest);
  return heads.flatMap((head) => tails.map((tail) => [...head, ...tail]));
}

const text = (letters: readonly string[]): fc.Arbitrary<Piece> =>
  fc.constantFrom(...letters).map((letter) => ({ kind: 'text', text: letter }));

const set: fc.Arbitrary<Piece> = fc
  .constantFrom(
    { text: '[ab]', members: 'ab', isNegated: false },
    { text: '[a]', members: 'a', isNegated: false },
    { text: '[!a]', members: 'a', isNegated: true },
    { text: '[^bc]', members: 'bc', isNegated: true },
    { text: '[a-b]', members: 'ab', isNegated: false },
    { text: '[b-z]', members: 'b-z', isNegated: false },
  )
  .map((found) => ({ kind: 'set', ...found }));

/** A star may not stand beside another: together they would be any depth. */
const pieces = (letters: readonly string[]): fc.Arbitrary<Piece> =>
  fc.oneof(
    { weight: 5, arbitrary: text(letters) },
    { weight: 1, arbitrary: fc.constant<Piece>({ kind: 'any' }) },
    { weight: 2, arbitrary: set },
  );

const nameOf = (letters: readonly string[]): fc.Arbitrary<ModelName> => {
  const run = fc.array(pieces(letters), { minLength: 1, maxLength: 2 });
  const braces = fc
    .array(run, { minLength: 2, maxLength: 3 })
    .map((alternatives): Piece => ({ kind: 'braces', alternatives }));
  const part = fc.oneof(
    { weight: 3, arbitrary: run },
    { weight: 1, arbitrary: braces.map((each) => [each]) },
  );
  const star: Piece = { kind: 'star' };
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant<ModelName>('**') },
    { weight: 1, arbitrary: fc.constant<ModelName>([star]) },
    { weight: 4, arbitrary: part },
    { weight: 1, arbitrary: part.map((found) => [star, ...found]) },
    { weight: 1, arbitrary: part.map((found) => [...found, star]) },
    { weight: 1, arbitrary: fc.tuple(part, part).map(([one, two]) => [...one, star, ...two]) },
  );
};

export const patternOf = (letters: readonly string[]): fc.Arbitrary<ModelPattern> =>
  fc
    .array(nameOf(letters), { minLength: 1, maxLength: 4 })
    // More is refused, and has no paths of its own to speak of.
    .filter((pattern) => spelledOut(pattern).length <= regionLimits.alternatives);

export const regionOf = (letters: readonly string[]): fc.Arbitrary<ModelPattern[]> =>
  fc.array(patternOf(letters), { minLength: 1, maxLength: 3 });
