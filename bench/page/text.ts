import { type Figure, isMet, middleOf, sideNames } from '../measure/figure.ts';
import { amount } from './amounts.ts';
import { beside } from './beside.ts';
import { budgetWords } from './budgets.ts';
import { sideWords } from './side-words.ts';

/** What was just measured, for the terminal: one line a figure, the other sides and their ratios behind it. */
export function asText(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(({ what }) => what.length));
  return figures
    .map((figure) => `  ${figure.what.padEnd(width)}  ${sidesOf(figure)}${misses(figure)}`)
    .join('\n');
}

function sidesOf(figure: Figure): string {
  const { sides, unit } = figure;
  return sideNames
    .flatMap((name) => {
      const side = sides[name];
      if (side === undefined) return [];
      if (side.rounds.length === 0) return [`${sideWords[name]} failed: ${side.note}`];
      const own = amount(middleOf(side), unit);
      if (name === 'capstan') return [own];
      const words = beside(figure, name);
      return [`${sideWords[name]} ${own}${words === null ? '' : `: ${words}`}`];
    })
    .join('; ');
}

const misses = (figure: Figure): string =>
  (figure.budgets ?? [])
    .filter((budget) => isMet(figure, budget) === false)
    .map((budget) => `; MISSED: ${budgetWords(budget, figure)}`)
    .join('');
