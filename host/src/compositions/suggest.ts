import { nearest } from '@capstan/protocol';

/** `did you mean "convert"?`, and what there is to choose from: `actions: convert, probe`. */
export function suggest(name: string, candidates: Iterable<string>, what: string): string {
  const all = [...candidates];
  const list = `${what}: ${all.length === 0 ? 'none' : all.slice(0, 20).join(', ')}${all.length > 20 ? ', …' : ''}`;
  // One letter is like any other.
  const guess = name.length > 1 ? nearest(name, all) : null;
  return guess === null ? list : `did you mean "${guess}"? ${list}`;
}
