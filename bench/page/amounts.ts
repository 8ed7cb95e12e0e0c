import { median } from '../measure/stats.ts';
import type { Unit } from '../measure/figure.ts';

/** Amounts as people read them: three digits, and the unit that keeps them between 1 and 1,000 where there is one. */
export function amount(value: number, unit: Unit): string {
  const { text, suffix } = scaled(value, unit);
  return `${text(value)}${suffix}`;
}

/** The middle one, then the lowest and the highest in the same unit: "1.62 ms (1.40-2.11)". */
export function amountWithSpread(rounds: readonly number[], unit: Unit): string {
  const middle = median(rounds);
  if (rounds.length < 2) return amount(middle, unit);
  const { text, suffix } = scaled(middle, unit);
  return `${text(middle)}${suffix} (${text(Math.min(...rounds))}-${text(Math.max(...rounds))})`;
}

interface Scale {
  text: (value: number) => string;
  suffix: string;
}

function scaled(value: number, unit: Unit): Scale {
  const by = (size: number, suffix: string): Scale => ({
    text: (each) => digits(each * size),
    suffix,
  });
  switch (unit) {
    case 'µs':
    case 'ms':
    case 's':
      return ofTime(value, { µs: 1e-6, ms: 1e-3, s: 1 }[unit]);
    case 'MB':
      return value >= 1_000 ? by(1e-3, ' GB') : by(1, ' MB');
    case 'MB/s':
      return value >= 1_000 ? by(1e-3, ' GB/s') : by(1, ' MB/s');
    case 'a second':
      return by(1, '/s');
    case 'times':
      return by(1, '');
  }
}

function ofTime(value: number, seconds: number): Scale {
  const took = Math.abs(value * seconds);
  const [size, suffix] =
    took === 0 || took >= 1
      ? [1, ' s']
      : took >= 1e-3
        ? [1e-3, ' ms']
        : took >= 1e-7
          ? [1e-6, ' µs']
          : [1e-9, ' ns'];
  return { text: (each) => digits((each * seconds) / size), suffix };
}

/** Three digits that count, with commas between thousands, and no zeros that say nothing. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '?';
  const size = Math.abs(value);
  if (size >= 100) return Number(value.toPrecision(3)).toLocaleString('en');
  if (size >= 10) return value.toFixed(1);
  if (size >= 1 || value === 0) return value === 0 ? '0' : value.toFixed(2);
  return String(Number(value.toPrecision(2)));
}

/** A factor: "1.43", "34", "1,200". */
export function factor(value: number): string {
  if (!Number.isFinite(value)) return '?';
  if (value >= 10)
    return Number(value.toPrecision(value >= 1_000 ? 2 : 3)).toLocaleString('en', {
      maximumFractionDigits: 0,
    });
  return value >= 0.1 ? value.toFixed(2) : String(Number(value.toPrecision(2)));
}
