import { median } from '../../measure/stats.ts';
import { type SideName, sideNames } from '../../measure/figure.ts';
import { sideWords } from '../side-words.ts';
import { type Axis, logAxis } from './axis.ts';
import { dot, shape } from './shapes.ts';
import { style } from './style.ts';
import { element, escaped, words } from './svg.ts';

/**
 * A plot of rows on one logarithmic axis. A row has a strip for each side: its rounds as pale dots, its median as a
 * shape, and beside that a text.
 */
export interface Strips {
  title: string;
  /** For those who cannot see it: what it shows, in a sentence or two. */
  description: string;
  axis: { label: string; text: (value: number) => string };
  /** Lines across all rows, such as "as fast as Capstan". */
  marks?: readonly { value: number; text: string }[];
  rows: readonly Row[];
}

export interface Row {
  label: string;
  strips: readonly Strip[];
}

export interface Strip {
  side: SideName;
  rounds: readonly number[];
  text: string;
  /** Where the shape stands, when that is not the median of the rounds. */
  middle?: number;
}

const width = 880;
const plot = { from: 316, to: width - 150 };
const stripHeight = 17;
const lineHeight = 15;

export function strips({ title, description, axis, marks = [], rows }: Strips): string {
  const values = rows.flatMap((row) =>
    row.strips.flatMap((each) => [...each.rounds, middleOf(each)]),
  );
  const scale = logAxis([...values, ...marks.map(({ value }) => value)], plot.from, plot.to);
  const shown = new Set(rows.flatMap((row) => row.strips.map(({ side }) => side)));
  const places = placesOf(sideNames.filter((side) => shown.has(side)));
  const top = (places.at(-1)?.y ?? 48) + (marks.length === 0 ? 24 : 40);
  const heights = rows.map(heightOf);
  const tops = heights.map(
    (_, n) => top + heights.slice(0, n).reduce((sum, each) => sum + each, 0),
  );
  const bottom = top + heights.reduce((sum, each) => sum + each, 0);
  const height = bottom + 50;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">`,
    element('title', { id: 'title' }, escaped(title)),
    element('desc', { id: 'description' }, escaped(description)),
    element('style', {}, style),
    element('rect', {
      class: 'ground',
      x: 0.5,
      y: 0.5,
      width: width - 1,
      height: height - 1,
      rx: 6,
    }),
    words({ class: 'title', x: 16, y: 26 }, title),
    ...legend(places),
    ...rows.flatMap((_, n) => (n % 2 === 0 ? band(tops[n] ?? 0, heights[n] ?? 0) : [])),
    ...grid(scale, axis.text, top, bottom),
    ...marks.flatMap(({ value, text }) => mark(scale.x(value), text, top, bottom)),
    ...rows.flatMap((row, n) => drawRow(row, scale, tops[n] ?? 0, heights[n] ?? 0)),
    words({ class: 'quiet middle', x: (plot.from + plot.to) / 2, y: bottom + 38 }, axis.label),
    '</svg>\n',
  ].join('\n');
}

const middleOf = ({ rounds, middle }: Strip): number => middle ?? median(rounds);

const heightOf = (row: Row): number =>
  Math.max(row.strips.length * stripHeight, linesOf(row.label).length * lineHeight) + 9;

/** Where each name of the legend stands: in as many lines as it takes. */
function placesOf(sides: readonly SideName[]): { side: SideName; x: number; y: number }[] {
  let [x, y] = [22, 48];
  return sides.map((side) => {
    const needed = 34 + sideWords[side].length * 6.6;
    if (x + needed > width) [x, y] = [22, y + 20];
    const place = { side, x, y };
    x += needed;
    return place;
  });
}

const legend = (places: ReturnType<typeof placesOf>): string[] =>
  places.flatMap(({ side, x, y }) => [
    shape(side, x, y),
    words({ x: x + 11, y: y + 4 }, sideWords[side]),
  ]);

const band = (y: number, height: number): string =>
  element('rect', { class: 'band', x: 12, y, width: width - 24, height });

function grid(scale: Axis, text: (value: number) => string, top: number, bottom: number): string[] {
  return scale.ticks.flatMap(({ value, isLabelled }) => {
    const x = scale.x(value);
    const line = element('line', {
      class: isLabelled ? 'line' : 'faint',
      x1: x,
      x2: x,
      y1: top,
      y2: bottom,
    });
    return isLabelled
      ? [line, words({ class: 'quiet small middle', x, y: bottom + 17 }, text(value))]
      : [line];
  });
}

const mark = (x: number, text: string, top: number, bottom: number): string[] => [
  element('line', { class: 'mark', x1: x, x2: x, y1: top - 4, y2: bottom }),
  words({ class: 'small middle', x, y: top - 9 }, text),
];

function drawRow(row: Row, scale: Axis, y: number, height: number): string[] {
  const lines = linesOf(row.label);
  const firstLine = y + height / 2 - ((lines.length - 1) * lineHeight) / 2 + 4;
  const firstStrip = y + height / 2 - ((row.strips.length - 1) * stripHeight) / 2;
  return [
    ...lines.map((line, n) =>
      words({ class: 'left', x: plot.from - 14, y: firstLine + n * lineHeight }, line),
    ),
    ...row.strips.flatMap((strip, n) => drawStrip(strip, scale, firstStrip + n * stripHeight)),
  ];
}

function drawStrip(strip: Strip, scale: Axis, y: number): string[] {
  const { side, rounds, text } = strip;
  const x = scale.x(middleOf(strip));
  const rightmost = Math.max(x, ...rounds.map((value) => scale.x(value)));
  return [
    ...rounds.map((value) => dot(side, scale.x(value), y)),
    shape(side, x, y),
    words({ class: 'small', x: rightmost + 10, y: y + 4 }, text),
  ];
}

/** Broken between words, so that it fits to the left of the axis. */
function linesOf(label: string): string[] {
  const lines = [''];
  for (const word of label.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + word.length > 42) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
