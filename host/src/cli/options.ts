import { InvalidArgumentError } from 'commander';
import { parseDuration, parseSize } from './terminal/quantities.ts';

/** Parsers for option values; what they throw becomes a usage error that names the option. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('It must be a whole number.');
  }
  return value;
}

export function milliseconds(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms <= 0) throw new InvalidArgumentError('Write 30s, 5m, 1h30m or 500ms.');
  return ms;
}

/** Of a job: higher goes first. */
export function priority(text: string): number {
  const value = wholeNumber(text);
  if (value > 1_000_000)
    throw new InvalidArgumentError('It must be 0 to 1000000; higher goes first.');
  return value;
}

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
