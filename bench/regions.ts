import { compileRegion, regionCovers, regionsIntersect } from '../host/src/kernel/regions/index.ts';
import { median } from './measure/stats.ts';

/**
 * `node bench/regions.ts`: how long it takes to tell whether two regions meet, once they are compiled. The times are
 * this machine's, now; the ratio says how it grows: a thousand patterns against a thousand, over twenty against twenty.
 */
const rounds = 300;

const shaped = (count: number, shape: (n: number) => string): string[] =>
  Array.from({ length: count }, (_, n) => shape(n));

/** None has a path in common with its partner: then no answer comes early. */
const pairs: [what: string, one: (n: number) => string, other: (n: number) => string][] = [
  ['folders', (n) => `src/a${n}/**`, (n) => `src/b${n}/**`],
  ['files', (n) => `src/m${n}/a.ts`, (n) => `src/m${n}/b.ts`],
  ['extensions', (n) => `src/*${n}.ts`, (n) => `src/*${n}.js`],
  ['anywhere', (n) => `**/a${n}/*.ts`, (n) => `**/b${n}/*.ts`],
  ['in the middle', (n) => `src/**/a${n}/*.c`, (n) => `src/**/b${n}/*.h`],
  ['sets and braces', (n) => `{src,lib}/[ab]${n}?/*.c`, (n) => `{src,lib}/[ab]${n}?/*.h`],
];

const rows = pairs.map(([what, one, other]) => {
  const [few, many] = [20, 1_000].map((count) => {
    const a = compileRegion({ patterns: shaped(count, one) });
    const b = compileRegion({ patterns: shaped(count, other) });
    return medianMicros(count === 20 ? rounds : 5, () => {
      if (regionsIntersect(a, b) !== null) throw new Error(`${what} meet`);
    });
  });
  return [what, micros(few), micros(many), ((many ?? 0) / (few ?? 1)).toFixed(0)];
});
const compiling = medianMicros(rounds, () =>
  compileRegion({ patterns: shaped(20, (n) => `src/a${n}/**/*.ts`) }),
);
const region = compileRegion({ patterns: shaped(1_000, (n) => `src/m${n}/**`) });
const covering = medianMicros(rounds, () => regionCovers(region, 'src/m500/deep/file.ts'));

print([['two regions', '20 x 20', '1,000 x 1,000', 'ratio'], ...rows]);
console.log(
  `\nbudget: 50 µs for 20 x 20. A ratio of 50 is linear, one of 2,500 compares all pairs.`,
);
console.log(
  `compiling 20 patterns: ${micros(compiling)}; a path against 1,000 patterns: ${micros(covering)}`,
);

function medianMicros(count: number, act: () => unknown): number {
  const times: number[] = [];
  for (let round = 0; round < count + 2; round++) {
    const start = performance.now();
    act();
    times.push((performance.now() - start) * 1_000);
  }
  return median(times.slice(2));
}

function micros(value: number | undefined): string {
  return `${(value ?? Number.NaN).toFixed(1)} µs`;
}

function print(table: (string | undefined)[][]): void {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of table) {
    console.log(
      row
        .map((cell = '', column) => cell.padEnd(widths[column] ?? 0))
        .join('   ')
        .trimEnd(),
    );
  }
}
