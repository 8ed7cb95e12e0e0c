import type { Bench } from '../measure/bench.ts';
import type { Figure } from '../measure/figure.ts';
import { inFlight as measureInFlight, inTurn } from '../measure/sides.ts';
import { call } from './call.ts';
import { languages, nameOf, type Ours } from './ours.ts';

const width = 64;
const text = 'x'.repeat(89);
const counts = { node: 5_000, python: 2_000 };
const atLeast = { node: 5_000, python: 1_500 };

/** So many calls of 100 bytes at once to one worker. */
export async function inFlight({ size, systems }: Bench, ours: Ours): Promise<Figure[]> {
  const acts = languages.map((language) => {
    const worker = ours.workers[language];
    const act = () => call(worker, 'echo', { text });
    return [language, () => measureInFlight(counts[language], width, act, () => [worker.pid])];
  });
  const { node, python, ...theirs } = await inTurn(
    { ...Object.fromEntries(acts), ...(await systems.sides('inFlight', 200, width)) },
    size,
  );
  const measures = { node, python };
  return languages.map((language) => ({
    id: `calls.in-flight.${language}`,
    what: `calls of 100 B, ${width} in flight, straight to a ${nameOf[language]} worker`,
    unit: 'a second',
    sides: { capstan: measures[language]!, ...(language === 'python' ? theirs : {}) },
    budgets: [{ of: 'value', atLeast: atLeast[language], source: 'the protocol' }],
  }));
}
