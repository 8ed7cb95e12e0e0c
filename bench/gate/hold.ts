/** What is held: a ratio of processor times that may not be more than so much. */
export interface Held {
  name: string;
  atMost: number;
  measure: () => Promise<number>;
}

export interface Verdict {
  name: string;
  atMost: number;
  /** Every ratio that was measured, in order. */
  tries: readonly number[];
  /** The lowest of them: what else happens on a machine makes things slower, never faster. */
  best: number;
  isKept: boolean;
}

export const mostTries = 3;

/**
 * Measures everything once, then again only what was over its bound, up to three times in all. What is within its
 * bound in one of three tries is kept: a machine that was busy for a while is no regression.
 */
export async function hold(
  all: readonly Held[],
  onTry: (name: string, ratio: number, attempt: number) => void = () => {},
): Promise<Verdict[]> {
  const tries = new Map(all.map(({ name }) => [name, [] as number[]]));
  const isKept = ({ name, atMost }: Held): boolean =>
    (tries.get(name) ?? []).some((ratio) => ratio <= atMost);
  for (let attempt = 1; attempt <= mostTries; attempt++) {
    for (const held of all) {
      if (isKept(held)) continue;
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
      const ratio = await held.measure();
      tries.get(held.name)?.push(ratio);
      onTry(held.name, ratio, attempt);
    }
  }
  return all.map((held) => {
    const { name, atMost } = held;
    const made = tries.get(name) ?? [];
    return { name, atMost, tries: made, best: Math.min(...made), isKept: isKept(held) };
  });
}
