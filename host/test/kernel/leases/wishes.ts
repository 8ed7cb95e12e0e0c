import type { Policy } from '../../../src/kernel/arbitrate/index.ts';
import type { Claim } from '../../../src/kernel/claims/index.ts';
import type { Cell } from './oracle.ts';

/** What somebody wants, in the kernel's words and in the oracle's. */
export interface Wish {
  claims: readonly Claim[];
  cells: readonly Cell[];
  pieces: number;
}

/** The lanes of the world. */
export const policy: Policy = {
  lanes: { front: { isExclusive: true, paths: ['a/**'] }, all: { isAlone: true } },
  toleratesOverlap: false,
  agingMs: 5000,
  tree: '/t',
};

/** Paths of the tree: a/1, a/2, b/1, b/2, c, c/1. */
const parts: readonly (readonly [pattern: string, cells: readonly number[]])[] = [
  ['**', [0, 1, 2, 3, 4, 5]],
  ['a', [0, 1]],
  ['a/**', [0, 1]],
  ['a/1', [0]],
  ['a/?', [0, 1]],
  ['*/1', [0, 2, 5]],
  ['b/{1,2}', [2, 3]],
  ['b/[2]', [3]],
  ['c', [4, 5]],
  ['c/*', [5]],
];
const names = ['x', 'y', 'z'];

/** Everything that anybody ever wants. */
export function wishes(): Wish[] {
  const found: Wish[] = [];
  for (const mode of ['exclusive', 'exclusive', 'shared'] as const) {
    const isExclusive = mode === 'exclusive';
    for (const [pattern, indexes] of parts) {
      const claims: Claim[] = [{ kind: 'region', tree: '/t', patterns: [pattern], mode }];
      found.push({ claims, cells: indexes.map((index) => [index, isExclusive]), pieces: 0 });
    }
    for (const [at, name] of names.entries()) {
      const claim: Claim = { kind: 'name', name: `name:${name}`, mode };
      found.push({ claims: [claim], cells: [[6 + at, isExclusive]], pieces: 0 });
      const region: Claim = { kind: 'region', tree: '/t', patterns: ['a/1', 'b/[2]'], mode };
      const both: Cell[] = [
        [6 + at, isExclusive],
        [0, isExclusive],
        [3, isExclusive],
      ];
      found.push({ claims: [claim, region], cells: both, pieces: 0 });
    }
  }
  for (let amount = 1; amount <= 3; amount++) {
    const claim: Claim = { kind: 'quantity', resource: 'license:x', amount };
    found.push({ claims: [claim], cells: [], pieces: amount });
    const name: Claim = { kind: 'name', name: 'name:x', mode: 'exclusive' };
    found.push({ claims: [claim, name], cells: [[6, true]], pieces: amount });
  }
  const front: Claim = { kind: 'name', name: 'lane:front', mode: 'shared' };
  const cells: Cell[] = [
    [9, true],
    [0, true],
    [1, true],
  ];
  found.push({ claims: [front], cells, pieces: 0 });
  // Everybody shares the world, but for whoever wants to be alone in it.
  const shared = found.map((wish) => ({ ...wish, cells: [...wish.cells, [10, false] as const] }));
  const all: Claim = { kind: 'name', name: 'lane:all', mode: 'shared' };
  return [...shared, { claims: [all], cells: [[10, true]], pieces: 0 }];
}
