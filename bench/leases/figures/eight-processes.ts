import { join } from 'node:path';
import type { Figure } from '../../queue/figure.ts';
import { median } from '../../measure/stats.ts';
import { kernelPairs } from '../kernel.ts';
import { openBareLedger } from '../../floors/commit.ts';
import { fillLedger } from '../fill.ts';
import { runBeside, type Served, spreadOfServed } from '../processes.ts';
import type { Size } from '../size.ts';

const processes = 8;

/** Eight processes on one ledger, each with claims of its own, against as many with bare synced commits. */
export async function eightProcesses(folder: string, size: Size): Promise<Figure[]> {
  const bare = join(folder, 'bare.db');
  openBareLedger(bare).close();
  const paths = [1_000, 100_000].map((events) => {
    const path = join(folder, `${events}.db`);
    fillLedger(path, events);
    return { events, path };
  });
  const seconds = String(size.seconds);
  const rounds = Math.max(3, Math.floor(size.rounds / 3));
  const floors: Served[][] = [];
  const measured = new Map<number, Served[][]>(paths.map(({ events }) => [events, []]));
  for (let round = 0; round < rounds; round++) {
    // oxlint-disable-next-line no-await-in-loop -- in turn
    floors.push(await runBeside(processes, 'bare-pairs.ts', () => [bare, seconds]));
    for (const { events, path } of paths) {
      const args = (n: number) => [path, seconds, String(n)];
      // oxlint-disable-next-line no-await-in-loop -- in turn
      measured.get(events)?.push(await runBeside(processes, 'lease-pairs.ts', args));
    }
  }
  const perSecond = (served: readonly Served[]): number =>
    served.reduce((sum, { pairs }) => sum + pairs, 0) / size.seconds;
  const figures = paths.flatMap(({ events }): Figure[] => {
    const all = measured.get(events) ?? [];
    const ratios = all.map((served, n) => perSecond(served) / perSecond(floors[n] ?? []));
    const busy = all.flat().reduce((sum, each) => sum + each.busy, 0);
    const what = `eight processes, ${events.toLocaleString('en')} events`;
    const spreads = all.map(spreadOfServed);
    return [
      {
        what: `${what}: acquire and release; two bare synced commits`,
        unit: 'a second',
        floor: median(floors.map(perSecond)),
        measured: median(all.map(perSecond)),
        ratio: {
          middle: median(ratios),
          lowest: Math.min(...ratios),
          highest: Math.max(...ratios),
        },
        details: {
          'processor time': `${median(all.flat().map(({ cpuMicros }) => cpuMicros)).toFixed(0)} µs a pair`,
          'of the floor': `${median(floors.flat().map(({ cpuMicros }) => cpuMicros)).toFixed(0)} µs`,
          'failed because others were busy': String(busy),
        },
      },
      {
        what: `${what}: the best served to the worst`,
        unit: 'times',
        measured: median(spreads),
        floor: median(floors.map(spreadOfServed)),
        budget: { of: 'measured', atMost: 1.5 },
        details: { each: spreads.map((spread) => spread.toFixed(2)).join(', ') },
      },
      {
        what: `${what}: failures because others were busy`,
        unit: 'times',
        measured: busy,
        budget: { of: 'measured', atMost: 0 },
      },
    ];
  });
  if (size.against !== undefined) {
    const folderOfKernel = join(folder, 'kernel');
    const pairs = await kernelPairs(size.against, folderOfKernel, processes, 10);
    figures.push({
      what: 'dos-kernel beside it, by its functions: eight processes, an empty journal',
      unit: 'a second',
      measured: pairs.perSecond,
      details: { 'failed because others were busy': `${pairs.busy} of ${pairs.tried}` },
    });
  }
  return figures;
}
