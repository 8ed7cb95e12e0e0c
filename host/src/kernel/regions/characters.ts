/** Code points as ascending, disjoint, inclusive ranges, laid out flat: `[from, to, from, to, …]`. */
export type Ranges = readonly number[];

/** What a name may consist of: no NUL, no slash, no half of a surrogate pair. */
export const nameCharacters: Ranges = [0x1, 0x2e, 0x30, 0xd7ff, 0xe000, 0x10ffff];

/** Ranges in any order, which may overlap, as ranges proper. */
export function rangesOf(pairs: readonly (readonly [from: number, to: number])[]): Ranges {
  const merged: number[] = [];
  for (const [from, to] of pairs.toSorted((a, b) => a[0] - b[0])) {
    const last = merged.length - 1;
    const end = merged[last];
    if (end !== undefined && from <= end + 1) merged[last] = Math.max(end, to);
    else merged.push(from, to);
  }
  return merged;
}

export function pairsOf(ranges: Ranges): [from: number, to: number][] {
  const pairs: [number, number][] = [];
  for (let at = 0; at < ranges.length; at += 2)
    pairs.push([edge(ranges, at), edge(ranges, at + 1)]);
  return pairs;
}

export function has(ranges: Ranges, point: number): boolean {
  for (let at = 0; at < ranges.length; at += 2) {
    if (point < edge(ranges, at)) return false;
    if (point <= edge(ranges, at + 1)) return true;
  }
  return false;
}

export function commonRanges(a: Ranges, b: Ranges): Ranges {
  const common: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const from = Math.max(edge(a, i), edge(b, j));
    const to = Math.min(edge(a, i + 1), edge(b, j + 1));
    if (from <= to) common.push(from, to);
    if (edge(a, i + 1) < edge(b, j + 1)) i += 2;
    else j += 2;
  }
  return common;
}

export function without(ranges: Ranges, taken: Ranges): Ranges {
  const others: number[] = [];
  let from = 0;
  for (const [start, end] of pairsOf(taken)) {
    if (from < start) others.push(from, start - 1);
    from = end + 1;
  }
  others.push(from, 0x10ffff);
  return commonRanges(ranges, others);
}

/** A letter that no mark composes with, or nearly none: the examples that people are shown are made of it. */
export const filler = 0x78;

/** One of them, one that reads well if there is any; null for none. */
export function pick(ranges: Ranges): number | null {
  const plain = [
    [filler, filler],
    [0x61, 0x7a],
    [0x30, 0x39],
    [0x5f, 0x5f],
  ] as const;
  for (const [from, to] of plain) {
    const found = commonRanges(ranges, [from, to])[0];
    if (found !== undefined) return found;
  }
  return commonRanges(ranges, printable)[0] ?? ranges[0] ?? null;
}
const printable: Ranges = [0x21, 0x2d, 0x30, 0x7e, 0xa1, 0x2ff, 0x370, 0x1fff];

function edge(ranges: Ranges, index: number): number {
  return ranges[index] ?? 0;
}
