import { type Figure, middleOf, ratioTo, sideNames } from '../measure/figure.ts';

/** What was just measured, for the terminal: one line a figure, the other sides and their ratios behind it. */
export function asText(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(({ what }) => what.length));
  return figures.map((figure) => `  ${figure.what.padEnd(width)}  ${sidesOf(figure)}`).join('\n');
}

function sidesOf(figure: Figure): string {
  const { sides, unit } = figure;
  return sideNames
    .flatMap((name) => {
      const side = sides[name];
      if (side === undefined) return [];
      if (side.rounds.length === 0) return [`${name} failed: ${side.note}`];
      const own = `${amount(middleOf(side))} ${unit}`;
      if (name === 'capstan') return [own];
      const ratio = ratioTo(figure, name);
      return [`${name} ${own}${ratio === null ? '' : ` (${amount(ratio.middle)} x)`}`];
    })
    .join(', ');
}

const amount = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
