import type { Bench } from '../measure/bench.ts';
import { type Figure, type Measure, middleOf } from '../measure/figure.ts';
import { startInTurn } from '../start/started.ts';

/** What one idle worker holds, alone and among eight, after a call each. */
export async function workers(bench: Bench): Promise<Figure[]> {
  const started = await startInTurn(bench, Math.min(3, bench.size.rounds));
  return started.map(({ language, workers: count, rss, pss }) => ({
    id: `memory.worker.${language}.${count}`,
    what: `an idle ${language === 'node' ? 'Node' : 'Python'} worker${count === 1 ? '' : `, one of ${count}`}`,
    unit: 'MB',
    sides: rss,
    floor: `bare ${language} serving HTTP`,
    budgets: [{ of: 'value', atMost: atMost[language], source: 'architecture 7' }],
    details: Object.fromEntries(
      Object.entries(pss).map(([side, measure]) => [
        `proportional share, ${side}`,
        megabytes(measure),
      ]),
    ),
  }));
}

const atMost = { node: 50, python: 20 };
const megabytes = (measure: Measure): string => `${middleOf(measure).toFixed(1)} MB`;
