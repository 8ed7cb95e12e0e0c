import { type SideName, sideNames } from '../../measure/figure.ts';
import { element } from './svg.ts';

interface Look {
  shape: 'circle' | 'ring' | 'bar' | 'square' | 'diamond' | 'triangle' | 'plus' | 'down' | 'cross';
  /** On a light ground, and on a dark one. */
  colours: readonly [light: string, dark: string];
}

/** A side has a colour and a shape, the same in every plot, so that it is told apart without colours too. */
const looks: { readonly [side in SideName]: Look } = {
  capstan: { shape: 'circle', colours: ['#0969da', '#58a6ff'] },
  floor: { shape: 'bar', colours: ['#6e7781', '#9198a1'] },
  'cjm-substrate': { shape: 'square', colours: ['#bc4c00', '#f0883e'] },
  'cjm-substrate-kindest': { shape: 'diamond', colours: ['#d4a72c', '#e3b341'] },
  'cjm-substrate-0.0.58': { shape: 'cross', colours: ['#8f2c1b', '#ff7b72'] },
  'dos-kernel': { shape: 'triangle', colours: ['#8250df', '#bc8cff'] },
  bullmq: { shape: 'plus', colours: ['#1a7f37', '#3fb950'] },
  'graphile-worker': { shape: 'down', colours: ['#bf3989', '#f778ba'] },
  restate: { shape: 'ring', colours: ['#0f8b8d', '#56d4dd'] },
};

const classOf = (side: SideName): string => `s${sideNames.indexOf(side)}`;

/** The rules of the sides, for the one ground or the other. */
export const sideStyle = (ground: 'light' | 'dark'): string =>
  sideNames
    .map((side) => {
      const colour = looks[side].colours[ground === 'light' ? 0 : 1];
      return `.${classOf(side)} { fill: ${colour}; stroke: ${colour}; }`;
    })
    .join('\n');

/** Around the origin. */
const outlines: { readonly [shape in Look['shape']]: string } = {
  circle: 'M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z',
  ring: 'M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z',
  bar: 'M-2-6h4v12h-4z',
  square: 'M-4.5-4.5h9v9h-9z',
  diamond: 'M0-6l6 6l-6 6l-6-6z',
  triangle: 'M0-6l5.5 10.5h-11z',
  down: 'M0 6l5.5-10.5h-11z',
  plus: 'M-2-6h4v4h4v4h-4v4h-4v-4h-4v-4h4z',
  cross:
    'M-6-3.5l2.5-2.5l3.5 3.5l3.5-3.5l2.5 2.5l-3.5 3.5l3.5 3.5l-2.5 2.5l-3.5-3.5l-3.5 3.5l-2.5-2.5l3.5-3.5z',
};

/** The median of a side. */
export function shape(side: SideName, x: number, y: number): string {
  const { shape: name } = looks[side];
  const isHollow = name === 'ring';
  return element('path', {
    class: `${classOf(side)} ${isHollow ? 'hollow' : 'flat'}`,
    d: outlines[name],
    transform: `translate(${round(x)} ${round(y)})`,
  });
}

/** One round of a side: small and pale, so that many of them show where they lie. */
export const dot = (side: SideName, x: number, y: number): string =>
  element('circle', { class: `round flat ${classOf(side)}`, cx: x, cy: y, r: 2.5 });

const round = (value: number): number => Math.round(value * 10) / 10;
