import { admit, type Holder, type House, Line } from '../../host/src/kernel/index.ts';
import type { Bench } from '../measure/bench.ts';
import type { Figure } from '../measure/figure.ts';
import { inTurn, oneByOne } from '../measure/sides.ts';

const decisions = 1_000;

/** Which of so many waiting jobs starts next: decided, taken from its line, and another lined up. */
export async function decision({ size }: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const capabilities of [1, 100]) {
    const [some, many] = size.name === 'full' ? [10_000, 100_000] : [1_000, 10_000];
    const inLine = (jobs: number) => {
      const decide = houseWith(jobs, capabilities);
      return () => oneByOne(decisions, async () => decide());
    };
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
    const measured = await inTurn({ some: inLine(some), many: inLine(many) }, size);
    const id = (jobs: number) => `queue.decision.${capabilities}.${jobs}`;
    const what = (jobs: number) =>
      `a decision among ${jobs.toLocaleString('en')} jobs of ${capabilities === 1 ? 'one capability' : `${capabilities} capabilities`}`;
    const common = { unit: 'µs', budgets: [quickEnough] } as const;
    figures.push(
      { ...common, id: id(some), what: what(some), sides: { capstan: measured.some } },
      {
        ...common,
        id: id(many),
        what: what(many),
        sides: { capstan: measured.many },
        tenfold: id(some),
      },
    );
  }
  return figures;
}

function houseWith(jobs: number, capabilities: number): () => void {
  const lines = new Map<string, Line>();
  const running = new Map<string, Map<string, Holder>>();
  const house: House = { lanes: 8, slotsOf: () => 8, running, lines };
  const lineUp = (n: number): void => {
    const instance = `instance-${n % capabilities}`;
    const line = lines.get(instance) ?? new Line();
    lines.set(instance, line);
    line.add({ jobId: `job_${n}`, instance, priority: (n * 7_919) % 100, age: n });
  };
  for (let n = 0; n < jobs; n++) lineUp(n);
  let n = jobs;
  return () => {
    const next = admit(house);
    if (next === null) throw new Error('somebody may start');
    lines.get(next.instance)?.remove(next.jobId);
    lineUp(n++);
  };
}

const quickEnough = { of: 'value', atMost: 1_000, source: 'the queue' } as const;
