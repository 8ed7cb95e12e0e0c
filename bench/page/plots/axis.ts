/** A logarithmic axis between two values, in pixels. */
export interface Axis {
  x: (value: number) => number;
  ticks: { value: number; isLabelled: boolean }[];
}

/** From the decade or half decade below all values to the one above, so that no point lies on the edge. */
export function logAxis(values: readonly number[], from: number, to: number): Axis {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  const lowest = stepBelow(Math.min(...positive) / 1.05);
  const highest = stepAbove(Math.max(...positive) * 1.05);
  const [start, end] = [Math.log10(lowest), Math.log10(highest)];
  const all = steps(lowest, highest);
  const decades = Math.log10(highest / lowest);
  return {
    x: (value) =>
      from + ((Math.log10(Math.max(value, lowest)) - start) / (end - start)) * (to - from),
    ticks: all.map((value) => ({
      value,
      // Few decades have room for more than their powers of ten.
      isLabelled: decades <= 2.5 || isPowerOfTen(value),
    })),
  };
}

const leading = [1, 2, 5];

function stepBelow(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value));
  return decade * (leading.findLast((step) => step * decade <= value) ?? 1);
}

function stepAbove(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value));
  return decade * (leading.find((step) => step * decade >= value) ?? 10);
}

/** 1, 2, 5, 10, 20 … between both, both included. */
function steps(lowest: number, highest: number): number[] {
  const found: number[] = [];
  for (let decade = Math.floor(Math.log10(lowest)); decade <= Math.log10(highest); decade++) {
    for (const step of leading) {
      const value = step * 10 ** decade;
      if (value >= lowest * 0.999 && value <= highest * 1.001)
        found.push(Number(value.toPrecision(3)));
    }
  }
  return found;
}

const isPowerOfTen = (value: number): boolean => Math.abs(Math.log10(value) % 1) < 1e-9;
