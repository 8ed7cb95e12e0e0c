import { type RegionRefusal, invalid, refused } from './refusal.ts';
import type { Part } from './parts.ts';

/** One name of a path, in parts; or any number of names. */
export type Name = readonly Part[] | '**';

/** Parts without braces, as the names of a path, with `.` and `..` resolved and what is doubled taken out. */
export function namesOf(parts: readonly Part[]): readonly Name[] | RegionRefusal {
  const names: Name[] = [];
  for (const name of splitAtSlashes(parts)) {
    const literal = literalOf(name);
    if (literal === '' || literal === '.') continue;
    if (literal === '..') {
      const parent = names.pop();
      if (parent === undefined) return aboveTheRoot;
      if (parent === '**') return afterAnyDepth;
    } else if (isAnyDepth(name)) {
      if (names.at(-1) !== '**') names.push('**');
    } else {
      names.push(withoutDoubledStars(name));
    }
  }
  return names;
}

export function splitAtSlashes(parts: readonly Part[]): Part[][] {
  const names: Part[][] = [[]];
  for (const part of parts) {
    if (part.kind === 'slash') names.push([]);
    else names.at(-1)?.push(part);
  }
  return names;
}

/** The only text that the parts match, or null where they match more. A set of one is how a special character is written. */
export function literalOf(parts: readonly Part[]): string | null {
  let text = '';
  for (const part of parts) {
    if (part.kind === 'character') {
      text += part.text;
    } else if (part.kind === 'set') {
      const [from = 0, to, ...more] = part.ranges;
      if (from !== to || more.length > 0) return null;
      text += String.fromCodePoint(from);
    } else {
      return null;
    }
  }
  return text.normalize('NFC');
}

/** Two stars, or more, and nothing else. */
export function isAnyDepth(name: readonly Part[]): boolean {
  return name.length > 1 && name.every(({ kind }) => kind === 'star');
}

function withoutDoubledStars(name: readonly Part[]): readonly Part[] {
  return name.filter((part, at) => part.kind !== 'star' || name[at - 1]?.kind !== 'star');
}

const aboveTheRoot = refused(
  'REGION_OUTSIDE_TREE',
  'A .. in it leads above the root of the tree.',
  'Write the path from the root of the tree, as in src/api.',
);
const afterAnyDepth = invalid(
  'A .. after ** could mean any folder.',
  'Write the folder that is meant.',
);
