import { InvalidArgumentError } from 'commander';
import { parseDuration } from './terminal/quantities.ts';

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
