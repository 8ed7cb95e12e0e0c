import { type Figure, meetsBudget } from './figure.ts';

const header = ['', 'floor', 'Capstan', 'ratio (spread)', 'budget', ''];

/** As aligned text, the details of each figure below it. */
export function asText(figures: readonly Figure[]): string {
  const cells = [header, ...figures.map(rowOf)];
  const widths = header.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  const [first = '', ...lines] = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  );
  const detailed = lines.map((line, index) => {
    const details = detailsOf(figures[index]);
    return details === '' ? line : `${line}\n    ${details}`;
  });
  return [first, ...detailed].join('\n');
}

export function asMarkdown(figures: readonly Figure[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    row(['figure', 'floor', 'Capstan', 'ratio (spread)', 'budget', 'met', 'details']),
    row(Array.from({ length: 7 }, () => '---')),
    ...figures.map((figure) => row([...rowOf(figure), detailsOf(figure)])),
  ].join('\n');
}

function rowOf(figure: Figure): string[] {
  const { what, floor, measured, unit, ratio } = figure;
  return [
    what,
    floor === undefined ? '' : amount(floor, unit),
    amount(measured, unit),
    ratio === undefined
      ? ''
      : `${ratio.middle.toFixed(2)} (${ratio.lowest.toFixed(2)}-${ratio.highest.toFixed(2)})`,
    budgetOf(figure),
    verdictOf(figure),
  ];
}

function budgetOf({ budget, unit }: Figure): string {
  if (budget === undefined) return '';
  const { of, atMost, atLeast } = budget;
  const limit = atMost === undefined ? `>= ${atLeast}` : `<= ${atMost}`;
  return of === 'ratio' ? `ratio ${limit}` : `${limit} ${unit}`;
}

function verdictOf(figure: Figure): string {
  const met = meetsBudget(figure);
  if (met === null) return '';
  return met ? 'met' : 'MISSED';
}

const amount = (value: number, unit: string): string =>
  `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${unit}`;

const detailsOf = (figure: Figure | undefined): string =>
  Object.entries(figure?.details ?? {})
    .map(([name, value]) => `${name}: ${value}`)
    .join('; ');
