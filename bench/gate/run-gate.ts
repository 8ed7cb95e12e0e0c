import type { Bound } from './bounds.ts';
import { hold, type Held, mostTries, type Verdict } from './hold.ts';
import type { Place } from './place.ts';

export type Bounds = { readonly [name: string]: Bound };

/** Measures, tells each try as it ends, and says whether every bound is kept; of one that is not, how to profile it. */
export async function runGate(
  bounds: Bounds,
  place: () => Place,
  print: (line: string) => void,
): Promise<boolean> {
  const started = performance.now();
  const all = Object.entries(bounds).map(
    ([name, { atMost, measure }]): Held => ({ name, atMost, measure: () => measure(place()) }),
  );
  const verdicts = await hold(all, (name, ratio, attempt) =>
    print(ofTry(bounds, name, ratio, attempt)),
  );
  const broken = verdicts.filter(({ isKept }) => !isKept);
  for (const verdict of broken) print(ofBroken(bounds, verdict));
  const seconds = ((performance.now() - started) / 1_000).toFixed(0);
  print(`${verdicts.length - broken.length} of ${verdicts.length} bounds are kept (${seconds} s)`);
  return broken.length === 0;
}

function ofTry(bounds: Bounds, name: string, ratio: number, attempt: number): string {
  const { what, atMost, measured } = bounds[name]!;
  const word = ratio <= atMost ? '' : `: over its bound, try ${attempt} of ${mostTries}`;
  const numbers = `${ratio.toFixed(2).padStart(6)} (at most ${atMost}, was ${measured})`;
  return `${name.padEnd(14)} ${numbers.padEnd(32)} ${what}${word}`;
}

function ofBroken(bounds: Bounds, { name, best, atMost, tries }: Verdict): string {
  const { measured, since, what } = bounds[name]!;
  return [
    '',
    `${name} costs ${best.toFixed(2)} at best of ${tries.length} tries, ${(best / atMost).toFixed(1)} x its bound of ${atMost}; it was ${measured} on ${since}.`,
    `  ${what}, in processor time`,
    `  profile it: node --cpu-prof --cpu-prof-dir=profile bench/gate.ts --only ${name}`,
    '',
  ].join('\n');
}
