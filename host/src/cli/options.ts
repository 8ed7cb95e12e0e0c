import { InvalidArgumentError } from 'commander';
import { parseDuration, parseSize } from './terminal/quantities.ts';

/** Parsers for option values; what they throw becomes a usage error that names the option. */
export function wholeNumber(text: string): number {
  if (!isWhole(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** How many are shown. */
export function count(text: string): number {
  if (!isWhole(text) || Number(text) === 0) {
    throw new InvalidArgumentError('It must be a whole number, 1 at least.');
  }
  return Number(text);
}

export function milliseconds(text: string): number {
  const ms = pause(text);
  if (ms === 0) throw new InvalidArgumentError(durations);
  return ms;
}

/** A duration that may be none at all. */
export function pause(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError(durations);
  return ms;
}
const durations = 'Write 30s, 5m, 1h30m or 500ms.';

/** Of a job: higher goes first. */
export const priority = (text: string): number => upTo(1_000_000, text);

/** Of a job, which is tried a hundred times at most. */
export const retries = (text: string): number => upTo(99, text);

function upTo(most: number, text: string): number {
  if (!isWhole(text) || Number(text) > most) {
    throw new InvalidArgumentError(`It must be a whole number from 0 to ${most}.`);
  }
  return Number(text);
}

const isWhole = (text: string): boolean => /^\d+$/.test(text) && Number.isSafeInteger(Number(text));

export function bytes(text: string): number {
  const found = parseSize(text);
  if (found === null) throw new InvalidArgumentError('Write 64MiB, 500MB or 1GiB.');
  return found;
}

/** A point in time that may be relative to now; answers with ISO 8601 in UTC, as the journal has it. */
export type Moment = (nowMs: number) => string;

export function moment(text: string): Moment {
  const agoMs = parseDuration(text.replace(/ ago$/, ''));
  if (agoMs !== null && /[a-z]/.test(text)) {
    return (nowMs) => new Date(Math.max(0, nowMs - agoMs)).toISOString();
  }
  const atMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs)) {
    throw new InvalidArgumentError(
      'Write 2h, 30m or 7d ago, or a time such as 2026-01-31T12:00:00Z.',
    );
  }
  return () => new Date(atMs).toISOString();
}

export const collect = (value: string, earlier: string[] | undefined): string[] => [
  ...(earlier ?? []),
  value,
];

/** The examples at the end of a command's help. */
export function examples(...lines: [command: string, what: string][]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return [
    '',
    'Examples:',
    ...lines.map(([c, what]) => `  $ ${c.padEnd(width)}   ${what}`.trimEnd()),
  ].join('\n');
}
