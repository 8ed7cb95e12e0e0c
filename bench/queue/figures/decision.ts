import { admit, type Holder, type House, Line } from '../../../host/src/kernel/index.ts';
import { median } from '../../measure/stats.ts';
import type { Figure } from '../figure.ts';
import type { Size } from '../size.ts';

const decisions = 10_000;

/** Which of 100,000 waiting jobs starts next: decided, taken from its line, and another lined up. */
export async function decision(_folder: string, { pendingJobs }: Size): Promise<Figure[]> {
  return [1, 100].map((capabilities) => {
    const lines = new Map<string, Line>();
    const running = new Map<string, Map<string, Holder>>();
    const house: House = { lanes: 8, slotsOf: () => 8, running, lines };
    const lineUp = (n: number): void => {
      const instance = `instance-${n % capabilities}`;
      const line = lines.get(instance) ?? new Line();
      lines.set(instance, line);
      line.add({ jobId: `job_${n}`, instance, priority: (n * 7_919) % 100, age: n });
    };
    for (let n = 0; n < pendingJobs; n++) lineUp(n);
    const times: number[] = [];
    for (let n = 0; n < decisions; n++) {
      const start = performance.now();
      const next = admit(house);
      if (next === null) throw new Error('somebody may start');
      lines.get(next.instance)?.remove(next.jobId);
      lineUp(pendingJobs + n);
      times.push((performance.now() - start) * 1_000);
    }
    return {
      what: `a decision among ${pendingJobs.toLocaleString('en')} jobs of ${capabilities} capabilities`,
      unit: 'µs',
      measured: median(times),
      budget: { of: 'measured', atMost: 1_000 },
      details: { longest: `${Math.max(...times).toFixed(0)} µs` },
    };
  });
}
