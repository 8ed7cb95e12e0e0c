/**
 * How the patterns of a region begin, as sets of 32 marks: one for each first name, and one for each first two. A
 * pattern with a wildcard so early may begin with anything, and has all marks.
 */
export interface Beginnings {
  one: number;
  two: number;
}

const any = -1;

/** `prefixes` are the names that each pattern has before its first wildcard. */
export function beginningsOf(prefixes: readonly (readonly string[])[]): Beginnings {
  let one = 0;
  let two = 0;
  for (const [first, second] of prefixes) {
    one |= first === undefined ? any : markOf(first, seed);
    two |= first === undefined || second === undefined ? any : markOf(second, hashOf(first, seed));
  }
  return { one, two };
}

/** Certain where it is true: no path begins as both do. */
export const beginApart = (a: Beginnings, b: Beginnings): boolean =>
  (a.one & b.one) === 0 || (a.two & b.two) === 0;

const seed = 0x811c9dc5;

const markOf = (name: string, from: number): number => 1 << (hashOf(name, from) >>> 27);

/** FNV-1a over UTF-16, mixed once more so that its upper bits tell names apart that differ at their ends. */
function hashOf(name: string, from: number): number {
  let hash = from;
  for (let at = 0; at < name.length; at++) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  }
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
}
