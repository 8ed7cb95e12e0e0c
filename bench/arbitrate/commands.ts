import { capstan, timed } from '../leases/capstan.ts';
import { leaseWorkspace } from '../leases/workspace.ts';
import type { Bench } from '../measure/bench.ts';
import type { Figure } from '../measure/figure.ts';
import { inTurn } from '../measure/sides.ts';

/** A whole command that says whether a claim would be granted now, against a Node that does nothing. */
export async function commands({ folder, size, systems }: Bench): Promise<Figure[]> {
  const { root: cwd, env } = leaseWorkspace(folder, 1_000);
  const { floor, ours, ...theirs } = await inTurn(
    {
      floor: async () => timed(process.execPath, ['-e', '0'], { cwd, env }),
      ours: async () =>
        timed(process.execPath, [capstan, 'arbitrate', '--name', 'deploy', '--json'], { cwd, env }),
      ...(await systems.sides('leaseCommand', 'decide', 1_000)),
    },
    { rounds: size.rounds * 2, secondsEach: 12 },
  );
  return [
    {
      id: 'arbitrate.command',
      what: 'capstan arbitrate, after 1,000 events',
      unit: 'ms',
      floor: 'node -e 0',
      sides: { capstan: ours, floor, ...theirs },
    },
  ];
}
