/** The middle value; the mean of the two middle ones for an even count. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

export interface Comparison {
  floor: number;
  subject: number;
  /** Median of the ratios of neighbouring rounds: a machine that slows down slows both. */
  ratio: number;
  spread: readonly [lowest: number, highest: number];
}

/**
 * Measures floor and subject in turn, round by round, so that drift of a shared machine cancels out.
 * One round of each is run first and thrown away.
 */
export async function compare(
  rounds: number,
  floor: () => Promise<number>,
  subject: () => Promise<number>,
): Promise<Comparison> {
  await floor();
  await subject();
  const pairs: { floor: number; subject: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    pairs.push({ floor: await floor(), subject: await subject() });
  }
  const ratios = pairs.map((pair) => pair.subject / pair.floor);
  return {
    floor: median(pairs.map((pair) => pair.floor)),
    subject: median(pairs.map((pair) => pair.subject)),
    ratio: median(ratios),
    spread: [Math.min(...ratios), Math.max(...ratios)],
  };
}
