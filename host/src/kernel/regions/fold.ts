import { type Ranges, pairsOf, rangesOf, without } from './characters.ts';

/**
 * Case, one code point at a time, as filesystems that fold it do: `ſ`, `s` and `S` are one, and `ß` is not `ss`,
 * because a name has as many characters after folding as before.
 */
export function foldPoint(point: number): number {
  if (point < 0x80) return point >= 0x41 && point <= 0x5a ? point + 0x20 : point;
  const text = String.fromCodePoint(point);
  const capital = ifOne(text.toUpperCase(), text);
  return ifOne(capital.toLowerCase(), capital).codePointAt(0) ?? point;
}

/** The other spelling where it is one character, and the text where it is not. */
function ifOne(other: string, text: string): string {
  return Array.from(other).length === 1 ? other : text;
}

export function foldText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- ASCII, which most names are, is folded at once
  if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase();
  let folded = '';
  for (const character of text)
    folded += String.fromCodePoint(foldPoint(character.codePointAt(0) ?? 0));
  return folded;
}

export function foldRanges(ranges: Ranges): Ranges {
  const pairs = pairsOf(ranges);
  const isAscii = pairs.every(([, to]) => to < 0x80);
  const moved = (isAscii ? asciiCapitals : capitals()).filter(([capital]) =>
    pairs.some(([from, to]) => from <= capital && capital <= to),
  );
  const unmoved = without(ranges, rangesOf(moved.map(([capital]) => [capital, capital])));
  return rangesOf([
    ...pairsOf(unmoved),
    ...moved.map(([, folded]): [number, number] => [folded, folded]),
  ]);
}

/** The characters that folding leaves: no name has others after it. */
export function foldedOnly(ranges: Ranges): Ranges {
  return without(ranges, rangesOf(capitals().map(([capital]) => [capital, capital])));
}

type Folding = readonly [capital: number, folded: number];

const asciiCapitals: readonly Folding[] = Array.from({ length: 26 }, (_, letter) => [
  0x41 + letter,
  0x61 + letter,
]);

let table: readonly Folding[] | null = null;

/** Every character that folding changes; nothing above U+1FFFF has case. Looked through once, and when needed. */
function capitals(): readonly Folding[] {
  if (table !== null) return table;
  const found: Folding[] = [];
  for (let point = 0; point < 0x20000; point++) {
    const folded = point >= 0xd800 && point <= 0xdfff ? point : foldPoint(point);
    if (folded !== point) found.push([point, folded]);
  }
  table = found;
  return found;
}
