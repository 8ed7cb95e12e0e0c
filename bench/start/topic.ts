import { realPython } from '../floors/bare.ts';
import type { Bench } from '../measure/bench.ts';
import { type Figure, middleOf } from '../measure/figure.ts';
import { inTurn } from '../measure/sides.ts';
import { startInTurn } from './started.ts';
import { wholeProgram } from './workers.ts';

/** From the start of a worker's process until its instance is initialized, directly: no host, no queue. */
export async function start(bench: Bench): Promise<Figure[]> {
  const { size } = bench;
  const bare = await inTurn(
    {
      node: () => wholeProgram(process.execPath, '-e', '0'),
      python: () => wholeProgram(realPython(), '-c', 'pass'),
    },
    size,
  );
  const interpreter = {
    node: { 'node -e 0': `${middleOf(bare.node).toFixed(0)} ms` },
    python: { 'python -c pass': `${middleOf(bare.python).toFixed(0)} ms` },
  };
  const started = await startInTurn(bench, size.rounds);
  return started.map(({ language, workers, millis }) => ({
    id: `start.${language}.${workers}`,
    what: `cold start of ${inWords(workers)} until the last can be called, ${names[language]}`,
    unit: 'ms',
    sides: millis,
    floor: `bare ${language} until its HTTP server listens`,
    budgets: [{ of: 'ratio', to: 'floor', atMost: 1.3, source: 'architecture 7' }],
    details: interpreter[language],
  }));
}

const names = { node: 'Node', python: 'Python' };
const inWords = (workers: number): string => (workers === 1 ? 'a worker' : `${workers} workers`);
