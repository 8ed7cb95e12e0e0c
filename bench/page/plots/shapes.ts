import { type SideName, sideNames } from '../../measure/figure.ts';
import { element } from './svg.ts';

/** A side has a colour and a shape, the same in every plot, so that it is told apart without colours too. */
const shapes = [
  'circle',
  'bar',
  'square',
  'diamond',
  'dash',
  'triangle',
  'plus',
  'down',
  'circle',
] as const;

const colourOf = (side: SideName): string => `s${sideNames.indexOf(side)}`;

/** The median of a side. */
export function shape(side: SideName, x: number, y: number): string {
  const look = colourOf(side);
  const points = (...pairs: number[][]): string =>
    element('polygon', {
      class: look,
      points: pairs.map(([dx = 0, dy = 0]) => `${round(x + dx)},${round(y + dy)}`).join(' '),
    });
  switch (shapes[sideNames.indexOf(side)] ?? 'circle') {
    case 'circle':
      return element('circle', { class: look, cx: x, cy: y, r: 5 });
    case 'bar':
      return element('rect', { class: look, x: x - 2, y: y - 6, width: 4, height: 12 });
    case 'dash':
      return element('rect', { class: look, x: x - 6, y: y - 2, width: 12, height: 4 });
    case 'square':
      return element('rect', { class: look, x: x - 4.5, y: y - 4.5, width: 9, height: 9 });
    case 'diamond':
      return points([0, -6], [6, 0], [0, 6], [-6, 0]);
    case 'triangle':
      return points([0, -6], [5.5, 4.5], [-5.5, 4.5]);
    case 'down':
      return points([0, 6], [5.5, -4.5], [-5.5, -4.5]);
    case 'plus':
      return points(
        [-2, -6],
        [2, -6],
        [2, -2],
        [6, -2],
        [6, 2],
        [2, 2],
        [2, 6],
        [-2, 6],
        [-2, 2],
        [-6, 2],
        [-6, -2],
        [-2, -2],
      );
  }
}

/** One round of a side: small and pale, so that many of them show where they lie. */
export const dot = (side: SideName, x: number, y: number): string =>
  element('circle', { class: `round ${colourOf(side)}`, cx: x, cy: y, r: 2.5 });

const round = (value: number): number => Math.round(value * 10) / 10;
