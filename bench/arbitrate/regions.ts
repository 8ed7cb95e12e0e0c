import { compileRegion, regionsIntersect } from '../../host/src/kernel/regions/index.ts';
import type { Bench } from '../measure/bench.ts';
import type { Figure } from '../measure/figure.ts';
import { inTurn, type Sample } from '../measure/sides.ts';
import { median } from '../measure/stats.ts';

type Shape = (n: number) => string;

/** From the plain to the awkward; none has a path in common with its partner, for then an answer comes early. */
const pairs: readonly [id: string, what: string, one: Shape, other: Shape][] = [
  ['folders', 'folders', (n) => `src/a${n}/**`, (n) => `src/b${n}/**`],
  ['extensions', 'extensions', (n) => `src/a${n}/**/*.ts`, (n) => `src/**/*.md${n}`],
  ['anywhere', 'at any depth', (n) => `**/a${n}/*.ts`, (n) => `**/b${n}/*.ts`],
  ['sets', 'sets and braces', (n) => `{src,lib}/[ab]${n}?/*.c`, (n) => `{src,lib}/[ab]${n}?/*.h`],
];

/** Does some path match both of two regions? The dearest answer is no. */
export async function regions({ size }: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [id, what, one, other] of pairs) {
    const [few, many] = [meeting(20, one, other), meeting(200, one, other)];
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
    const measured = await inTurn({ few, many }, size);
    const common = { unit: 'µs' } as const;
    figures.push(
      {
        ...common,
        id: `arbitrate.regions.${id}.20`,
        what: `do two regions of 20 patterns meet: ${what}`,
        sides: { capstan: measured.few },
        budgets: [{ of: 'value', atMost: 50, source: 'the regions' }],
      },
      {
        ...common,
        id: `arbitrate.regions.${id}.200`,
        what: `do two regions of 200 patterns meet: ${what}`,
        sides: { capstan: measured.many },
        tenfold: `arbitrate.regions.${id}.20`,
      },
    );
  }
  return figures;
}

/** Of twenty patterns; of more, fewer. */
const perRound = 100;

function meeting(count: number, one: Shape, other: Shape): () => Promise<Sample> {
  const patterns = (shape: Shape): string[] => Array.from({ length: count }, (_, n) => shape(n));
  return async () => {
    const walls: number[] = [];
    for (let n = 0; n < (perRound * 20) / count; n++) {
      // New ones each time: what two of them have found out of each other is kept by them.
      const a = compileRegion({ patterns: patterns(one) });
      const b = compileRegion({ patterns: patterns(other) });
      const start = performance.now();
      const met = regionsIntersect(a, b);
      walls.push((performance.now() - start) * 1_000);
      if (met !== null) throw new Error(`both match ${met.witness}`);
    }
    return { wall: median(walls) };
  };
}
