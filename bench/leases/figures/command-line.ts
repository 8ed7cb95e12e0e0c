import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure } from '../../queue/figure.ts';
import { inTurn, middle, ratioOf, type Sample } from '../../queue/sides.ts';
import { capstan } from '../command.ts';
import { fillLedger } from '../fill.ts';
import { kernelEnvironment, kernelRepository } from '../kernel.ts';
import type { Size } from '../size.ts';

/** A whole lease command of a script, from its start to its end, against a Node that does nothing. */
export async function commandLine(folder: string, size: Size): Promise<Figure[]> {
  const { young, old, env } = workspaces(folder);
  const lane = (cwd: string) => (): Sample => {
    const claims = ['--name', `n${n++}`, '--term', '10m', '--json'];
    return timed(process.execPath, [capstan, 'lease', 'acquire', '--holder', 'me', ...claims], {
      cwd,
      env,
    });
  };
  let n = 0;
  const kernel = join(folder, 'kernel');
  kernelRepository(kernel);
  const sides = await inTurn(size.rounds * 2, {
    bare: async () => timed(process.execPath, ['-e', '0'], { cwd: young, env }),
    young: async () => lane(young)(),
    old: async () => lane(old)(),
    kernel: async () =>
      size.against === undefined
        ? { wall: Number.NaN, cpuMicros: 0 }
        : kernelPair(size.against, kernel),
  });
  const line = (what: string, side: 'young' | 'old', atMost = 3): Figure => ({
    what,
    unit: 'ms',
    floor: middle(sides.bare),
    measured: middle(sides[side]),
    ratio: ratioOf(sides[side], sides.bare),
    budget: { of: 'ratio', atMost },
  });
  const figures = [
    line('capstan lease acquire, 1,000 events; node -e 0', 'young'),
    line('capstan lease acquire, 100,000 events; node -e 0', 'old'),
  ];
  if (size.against === undefined) return figures;
  return [
    ...figures,
    {
      what: 'dos lease-lane acquire beside it, an empty journal; node -e 0',
      unit: 'ms',
      floor: middle(sides.bare),
      measured: middle(sides.kernel),
      ratio: ratioOf(sides.kernel, sides.bare),
    },
  ];
}

function workspaces(folder: string) {
  const [young = '', old = ''] = [1_000, 100_000].map((events) => {
    const root = join(folder, String(events));
    mkdirSync(join(root, '.capstan'), { recursive: true });
    writeFileSync(join(root, 'capstan.yaml'), 'lanes: {}\n');
    fillLedger(join(root, '.capstan/leases.db'), events);
    return root;
  });
  return { young, old, env: { ...process.env, XDG_DATA_HOME: join(folder, 'data') } };
}

function timed(
  program: string,
  args: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Sample {
  const start = performance.now();
  const { status, stderr } = spawnSync(program, args, { ...options, encoding: 'utf8' });
  const wall = performance.now() - start;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return { wall, cpuMicros: 0 };
}

/** One acquisition, timed; its release is not. */
function kernelPair(python: string, cwd: string): Sample {
  const options = { cwd, env: kernelEnvironment(cwd) };
  const dos = ['-I', '-m', 'dos.cli', 'lease-lane'];
  const own = ['--lane', 'lane0', '--owner', 'me'];
  const sample = timed(python, [...dos, 'acquire', ...own, '--kind', 'keyword'], options);
  timed(python, [...dos, 'release', ...own], options);
  return sample;
}
