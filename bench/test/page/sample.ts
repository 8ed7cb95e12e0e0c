import type { Figure, SideName, Unit } from '../../measure/figure.ts';
import type { MeasuredFigure, Results, Run } from '../../results.ts';
import type { Knowledge } from '../../page/page.ts';

/** A figure of a few words: the rounds of each side, and whatever else is given. */
export function figure(
  id: string,
  unit: Unit,
  sides: { [side in SideName]?: readonly number[] },
  more: Partial<Figure> = {},
): MeasuredFigure {
  const measures = Object.entries(sides).map(([side, rounds]) => [side, { rounds }]);
  return {
    id,
    what: `what ${id} is`,
    unit,
    sides: Object.fromEntries(measures) as Figure['sides'],
    topic: id.split('.')[0] ?? '',
    run: run.id,
    load: 0.1,
    ...more,
  };
}

const run: Run = {
  id: '2026-11-22T01:02:03.000Z',
  command: 'npm run bench',
  size: 'full',
  seconds: 1_200,
  commit: '0123456789ab',
  dirty: false,
  machine: {
    processors: 2,
    model: 'Some Processor',
    memoryGb: 8,
    kernel: '6.1',
    node: 'v24.0.0',
    sqlite: '3.50',
    python: 'Python 3.11.2',
  },
  topics: {},
  systems: {
    'cjm-substrate': {
      version: '0.0.74',
      durability: 'none',
      cannot: { oneJob: 'it was too tired', chain: 'it was too tired' },
    },
    restate: { cannot: {}, absent: 'this machine has no restate-server' },
  },
};

export const resultsOf = (...figures: readonly MeasuredFigure[]): Results => ({
  version: 1,
  runs: [run],
  figures,
});

export const nothingKnown: Knowledge = {
  promises: [],
  missed: {},
  topics: { calls: { tells: 'what a call costs' }, queue: { tells: 'what a job costs' } },
  plotFolder: 'results/plots',
};
