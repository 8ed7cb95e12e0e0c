import { compileRegion, regionsIntersect } from '../../../host/src/kernel/regions/index.ts';
import type { Figure } from '../../queue/figure.ts';
import { median } from '../../measure/stats.ts';

const rounds = 300;

const twenty = (shape: (n: number) => string): string[] =>
  Array.from({ length: 20 }, (_, n) => shape(n));

/** Of twenty patterns each, from the plain to the awkward; none has a path in common with its partner. */
const pairs: [what: string, one: string[], other: string[]][] = [
  ['folders', twenty((n) => `src/a${n}/**`), twenty((n) => `src/b${n}/**`)],
  ['extensions', twenty((n) => `src/a${n}/**/*.ts`), twenty((n) => `src/**/*.md${n}`)],
  [
    'sets and braces',
    twenty((n) => `{src,lib}/[ab]${n}?/*.c`),
    twenty((n) => `{src,lib}/[ab]${n}?/*.h`),
  ],
];

/** Does some path match both? The worst answer is no: then every pattern is held against every other one. */
export async function regions(): Promise<Figure[]> {
  return pairs.map(([what, one, other]) => {
    const times: number[] = [];
    const compiling: number[] = [];
    for (let n = 0; n < rounds; n++) {
      const start = performance.now();
      const [a, b] = [compileRegion({ patterns: one }), compileRegion({ patterns: other })];
      const compiled = performance.now();
      const meeting = regionsIntersect(a, b);
      times.push((performance.now() - compiled) * 1_000);
      compiling.push((compiled - start) * 1_000);
      if (meeting !== null) throw new Error(`both match ${meeting.witness}`);
    }
    return {
      what: `two regions of 20 patterns: ${what}`,
      unit: 'µs',
      measured: median(times.slice(rounds / 3)),
      budget: { of: 'measured', atMost: 50 },
      details: {
        'compiling both, once a lease': `${median(compiling.slice(rounds / 3)).toFixed(0)} µs`,
      },
    };
  });
}
