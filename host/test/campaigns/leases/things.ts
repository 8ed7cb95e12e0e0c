import type { Claim } from '../../../src/kernel/claims/claim.ts';
import type { Random } from '../random.ts';

/**
 * What the processes of this campaign want from each other: few things, so that they meet. Which of them
 * collide is written down here by hand and by enumeration, with nothing of the product's own algebra.
 */
export interface Thing {
  claim: Claim;
  /** What an exclusive holder may write to; the paths or the name that it covers. */
  covers: readonly string[];
}

const tree = '/campaign';
const roots = ['one', 'two', 'three'];
const below = ['a/x.ts', 'a/y.ts', 'a/deep/x.ts', 'a/deep/z.md', 'b/x.ts', 'b/y.md', 'ab/x.ts'];
const paths = roots.flatMap((root) => below.map((path) => `${root}/${path}`));

/** Each with a test of its own, beside its pattern. */
const shapes: readonly [pattern: string, matches: (path: string) => boolean][] = [
  ['a/**', (path) => path.startsWith('a/')],
  ['a/*.ts', (path) => /^a\/[^/]+\.ts$/.test(path)],
  ['a/deep', (path) => path.startsWith('a/deep/')],
  ['**/x.ts', (path) => path.endsWith('/x.ts')],
  ['{b,ab}/[xy].ts', (path) => /^(b|ab)\/[xy]\.ts$/.test(path)],
  ['b/?.*', (path) => /^b\/.\..*$/.test(path)],
];
const regions = roots.flatMap((root) =>
  shapes.map(([pattern, matches]): (typeof shapes)[number] => [
    `${root}/${pattern}`,
    (path) => path.startsWith(`${root}/`) && matches(path.slice(root.length + 1)),
  ]),
);
const names = ['name:deploy', 'name:release', 'name:migrate', 'name:index', 'lane:api', 'lane:web'];
export const pieces = { resource: 'license:tool', amount: 4 };

/** Undefined where nothing may be written, which is what sharing and counting come to. */
export function choose(random: Random): Thing[] {
  const what = random.next();
  if (what < 0.4) return [named(random)];
  if (what < 0.8) return [region(random)];
  if (what < 0.9) return [counted(random)];
  return [named(random), region(random), counted(random)];
}

function named(random: Random): Thing {
  const name = random.pick(names);
  const mode = random.chance(0.8) ? 'exclusive' : 'shared';
  return { claim: { kind: 'name', name, mode }, covers: [name] };
}

function region(random: Random): Thing {
  const [pattern, matches] = random.pick(regions);
  const mode = random.chance(0.8) ? 'exclusive' : 'shared';
  const claim: Claim = { kind: 'region', tree, patterns: [pattern], mode };
  return { claim, covers: paths.filter(matches) };
}

function counted(random: Random): Thing {
  const amount = 1 + random.below(2);
  return { claim: { kind: 'quantity', resource: pieces.resource, amount }, covers: [] };
}

/** What a claim as it was granted covers. */
export function coveredBy(claim: Claim): readonly string[] {
  if (claim.kind === 'quantity') return [];
  if (claim.kind === 'name') return [claim.name];
  return paths.filter((path) =>
    claim.patterns.some(
      (pattern) =>
        regions.find(([known]) => known === pattern || `${known}/**` === pattern)?.[1](path) ??
        false,
    ),
  );
}

/** What two sets of claims must not both hold, or null. Amounts are added up elsewhere. */
export function collision(one: readonly Claim[], other: readonly Claim[]): string | null {
  for (const a of one) {
    for (const b of other) {
      if (a.kind === 'quantity' || b.kind === 'quantity' || a.kind !== b.kind) continue;
      if (a.mode === 'shared' && b.mode === 'shared') continue;
      const both = coveredBy(a).find((path) => coveredBy(b).includes(path));
      if (both !== undefined) return both;
    }
  }
  return null;
}

export const piecesOf = (claims: readonly Claim[]): number =>
  claims.reduce((sum, claim) => sum + (claim.kind === 'quantity' ? claim.amount : 0), 0);
