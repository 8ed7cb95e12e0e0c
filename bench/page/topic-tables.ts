import {
  type Figure,
  type Measure,
  middleOf,
  type SideName,
  sideNames,
} from '../measure/figure.ts';
import type { MeasuredFigure } from '../results.ts';
import { amount, amountWithSpread } from './amounts.ts';
import { beside } from './beside.ts';
import { anchor, blocks, table } from './markdown.ts';
import { sideWords } from './side-words.ts';

/** Everything that was measured, a table for each topic: each figure stands here once. */
export function topicTables(
  figures: readonly MeasuredFigure[],
  tells: (topic: string) => string | undefined,
  plotOf: (topic: string) => string,
): string {
  const topics = [...new Set(figures.map(({ topic }) => topic))];
  return blocks(
    '## Every figure',
    'A cell tells the median and, in brackets, the lowest and the highest round. "Faster", "slower", "smaller" and ' +
      '"larger" say how Capstan stands beside that side. "CPU" is processor time for one act, of all processes of a side.',
    ...topics.map((topic) =>
      blocks(
        `### ${topic}${tells(topic) === undefined ? '' : `: ${tells(topic)}`}`,
        plotOf(topic),
        topicTable(figures.filter((figure) => figure.topic === topic)),
      ),
    ),
  );
}

function topicTable(figures: readonly Figure[]): string {
  const others = sideNames.filter(
    (side) => side !== 'capstan' && figures.some(({ sides }) => sides[side] !== undefined),
  );
  return table(
    ['', 'Capstan', ...others.map((side) => sideWords[side]), 'CPU', 'also'],
    figures.map((figure) => [
      `${anchor(figure.id)}${figure.what}`,
      cell(figure, 'capstan'),
      ...others.map((side) => cell(figure, side)),
      processorTimes(figure),
      also(figure),
    ]),
  );
}

function cell(figure: Figure, side: SideName): string {
  const measure = figure.sides[side];
  if (measure === undefined) return '';
  if (measure.rounds.length === 0) return `not measured: ${measure.note ?? 'no round ended'}`;
  const value = amountWithSpread(measure.rounds, figure.unit);
  const words = side === 'capstan' ? null : beside(figure, side);
  const name = side === 'floor' && figure.floor !== undefined ? ` ${figure.floor}` : '';
  return `${value}${name}${words === null ? '' : `<br>**${words}**`}${notes(measure)}`;
}

const notes = ({ note }: Measure): string => (note === undefined ? '' : `<br>${note}`);

/** "Capstan 340 µs, the floor 120 µs". */
function processorTimes({ sides }: Figure): string {
  return sideNames
    .flatMap((side) => {
      const micros = sides[side]?.cpuMicros;
      return micros === undefined ? [] : [`${sideWords[side]} ${amount(micros, 'µs')}`];
    })
    .join('<br>');
}

const also = ({ details }: Figure): string =>
  Object.entries(details ?? {})
    .map(([name, value]) => `${name}: ${value}`)
    .join('<br>');

/** For a table that is about something else: the median alone. */
export function medianOf(figure: Figure, side: SideName): string {
  const measure = figure.sides[side];
  return measure === undefined || measure.rounds.length === 0
    ? ''
    : amount(middleOf(measure), figure.unit);
}
