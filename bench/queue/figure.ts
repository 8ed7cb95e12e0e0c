/** One line of the table: what was measured, against what, and whether it meets its budget. */
export interface Figure {
  what: string;
  /** The subject's own figure, and the floor's where there is one, in `unit`. */
  measured: number;
  floor?: number;
  unit: Unit;
  /** Of neighbouring rounds, subject to floor: the median, and the lowest and highest. */
  ratio?: { middle: number; lowest: number; highest: number };
  /** What the issue asks of `measured` or of the ratio's middle; absent where it asks for nothing. */
  budget?: { of: 'measured' | 'ratio'; atMost?: number; atLeast?: number };
  /** What else is worth knowing of it, such as the processor time behind it. */
  details?: { [name: string]: string };
}

export type Unit = 'µs' | 'ms' | 'MB' | 'a second' | 'times';

export function meetsBudget({ measured, ratio, budget }: Figure): boolean | null {
  if (budget === undefined) return null;
  const value = budget.of === 'ratio' ? (ratio?.middle ?? Number.NaN) : measured;
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = budget;
  return value <= atMost && value >= atLeast;
}
