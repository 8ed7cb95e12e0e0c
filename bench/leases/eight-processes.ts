import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { openBareLedger } from '../floors/commit.ts';
import { cpuMicrosOf } from '../measure/processor-time.ts';
import type { Bench } from '../measure/bench.ts';
import { type Budget, type Figure, type Measure } from '../measure/figure.ts';
import { inTurn, type Sample } from '../measure/sides.ts';
import { median } from '../measure/stats.ts';
import { startHost } from './lease-host.ts';
import { perSecond, runBeside, type Served, spreadOfServed } from './processes.ts';
import { leaseWorkspace } from './workspace.ts';

const processes = 8;

/** Eight processes, each with claims of its own: on one ledger, and asking one host; after few and after many events. */
export async function eightProcesses(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  let tenth: number | null = null;
  for (const entries of bench.size.name === 'full' ? [1_000, 10_000, 100_000] : [1_000, 10_000]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
    figures.push(...(await after(entries, tenth, bench)));
    tenth = entries;
  }
  return figures;
}

async function after(
  entries: number,
  tenth: number | null,
  { folder, size, systems, say }: Bench,
): Promise<Figure[]> {
  const events = entries.toLocaleString('en');
  say(`eight processes after ${events} events …`);
  const seconds = size.name === 'full' ? 2 : 1;
  const bare = join(folder, `bare-${entries}.db`);
  openBareLedger(bare).close();
  const { root, env } = leaseWorkspace(folder, entries);
  const direct = join(folder, `direct-${entries}.db`);
  for (const suffix of ['.db', '.head']) {
    cpSync(join(root, `.capstan/leases${suffix}`), direct.replace('.db', suffix), { force: true });
  }
  const host = await startHost(root, env);
  const served = { direct: [] as Served[][], host: [] as Served[][] };
  const run =
    (program: string, args: (n: number) => string[], keep?: Served[][], pid?: number) =>
    async (): Promise<Sample> => {
      const before = pid === undefined ? 0 : cpuMicrosOf(pid);
      const all = await runBeside(processes, program, args);
      keep?.push(all);
      const pairs = all.reduce((sum, one) => sum + one.pairs, 0);
      const hosts = pid === undefined ? 0 : cpuMicrosOf(pid) - before;
      const clients = all.reduce((sum, one) => sum + one.cpuMicros * one.pairs, 0);
      return { wall: perSecond(all, seconds), cpuMicros: (clients + hosts) / pairs };
    };
  try {
    const theirs = await systems.sides('leasePairs', { processes, seconds, entries });
    const kernel = theirs['dos-kernel'];
    let busy = 0;
    let tried = 0;
    const measured = await inTurn(
      {
        floor: run('bare-pairs.ts', () => [bare, String(seconds)]),
        direct: run('lease-pairs.ts', (n) => [direct, String(seconds), String(n)], served.direct),
        host: run(
          'host-pairs.ts',
          (n) => [root, String(seconds), String(n)],
          served.host,
          host.pid,
        ),
        ...(kernel !== undefined && {
          'dos-kernel': async (): Promise<Sample> => {
            const sample = await kernel();
            busy += sample.busy;
            tried += sample.tried;
            return sample;
          },
        }),
      },
      {
        rounds: size.name === 'full' ? 4 : size.rounds,
        secondsEach: Math.min(size.secondsEach, 12),
      },
    );
    const theirSide: Figure['sides'] =
      'dos-kernel' in measured && measured['dos-kernel'] !== undefined
        ? { 'dos-kernel': noted(measured['dos-kernel'], busy, tried) }
        : {};
    const figure = (
      how: 'direct' | 'host',
      what: string,
      more: Figure['sides'],
      budgets: readonly Budget[],
    ): Figure => ({
      id: `leases.eight.${how}.${entries}`,
      what: `${what}: acquire and release, after ${events} events`,
      unit: 'a second',
      floor: 'eight processes with two bare commits each, fsynced',
      sides: { capstan: measured[how], floor: measured.floor, ...more },
      budgets,
      ...(tenth !== null && { tenfold: `leases.eight.${how}.${tenth}` }),
      details: {
        'best served to worst': median(served[how].map(spreadOfServed)).toFixed(2),
      },
    });
    return [
      figure('direct', 'eight processes on one ledger', theirSide, ahead),
      figure('host', 'eight processes that ask one host', theirSide, ahead),
      {
        id: `leases.eight.fairness.${entries}`,
        what: `eight processes on one ledger: the best served to the worst, after ${events} events`,
        unit: 'times',
        sides: { capstan: { rounds: served.direct.map(spreadOfServed) } },
        budgets: [{ of: 'value', atMost: 1.5, source }],
      },
      {
        id: `leases.eight.busy.${entries}`,
        what: `eight processes on one ledger, and asking a host: failures because others were busy, after ${events} events`,
        unit: 'times',
        sides: { capstan: { rounds: [served.direct, served.host].map(failures) } },
        budgets: [{ of: 'value', atMost: 0, source }],
      },
    ];
  } finally {
    await host.close();
  }
}

const source = 'the leases';
const ahead: readonly Budget[] = [{ of: 'speed', to: 'dos-kernel', atLeast: 10, source }];

const failures = (rounds: readonly Served[][]): number =>
  rounds.flat().reduce((sum, { busy }) => sum + busy, 0);

const noted = (measure: Measure, busy: number, tried: number): Measure => ({
  ...measure,
  note: [measure.note, `${busy} of ${tried} met a busy lock and gave up`]
    .filter((part) => part !== undefined)
    .join('; '),
});
