import type { Bench } from '../measure/bench.ts';
import type { Budget, Figure } from '../measure/figure.ts';
import { inTurn } from '../measure/sides.ts';
import { capstan, timed } from './capstan.ts';
import { leaseWorkspace } from './workspace.ts';

/** A whole `lease acquire` of a script, from its start to its end, against a Node that does nothing. */
export async function commandLine({ folder, size, systems, say }: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  let n = 0;
  let tenth: string | null = null;
  for (const entries of size.name === 'full' ? [1_000, 10_000, 100_000] : [1_000, 10_000]) {
    say(`commands after ${entries.toLocaleString('en')} events …`);
    const { root: cwd, env } = leaseWorkspace(folder, entries);
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
    const theirs = await systems.sides('leaseCommand', 'acquire', entries);
    // oxlint-disable-next-line no-await-in-loop
    const { floor, ours, ...beside } = await inTurn(
      {
        floor: async () => timed(process.execPath, ['-e', '0'], { cwd, env }),
        ours: async () => {
          const claims = ['--name', `n${n++}`, '--term', '10m', '--json'];
          const words = [capstan, 'lease', 'acquire', '--holder', 'me', ...claims];
          return timed(process.execPath, words, { cwd, env });
        },
        ...theirs,
      },
      { rounds: size.rounds * 2, secondsEach: 8 },
    );
    const id = `leases.command.${entries}`;
    figures.push({
      id,
      what: `capstan lease acquire, after ${entries.toLocaleString('en')} events`,
      unit: 'ms',
      floor: 'node -e 0',
      sides: { capstan: ours, floor, ...beside },
      budgets: [atMost],
      ...(tenth !== null && { tenfold: tenth }),
    });
    tenth = id;
  }
  return figures;
}

const atMost: Budget = { of: 'ratio', to: 'floor', atMost: 3, source: 'the leases' };
