import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '../../measure/stats.ts';
import type { Figure } from '../../queue/figure.ts';
import { Asked } from '../../systems/asked.ts';
import type { Bench } from '../bench.ts';
import { recordsOf } from '../records.ts';

interface Memory {
  worker: number;
  host: number;
}

/** What one round of either side tells: each call, and the processor time of one. */
interface Round {
  ms: number[];
  cpuMs: number;
}

/** The reference at its best, as it was stated, where it is not there to be measured beside. */
const stated = { 100_000: 10, 10_000_000: 693 } as const;
const statedMemory: Memory = { worker: 156, host: 855 };

/** JSON records through a Python worker and back, each side in a host process of its own; then its memory. */
export async function records({ subjects, reference, rounds }: Bench): Promise<Figure[]> {
  const { guard: _, ...spec } = subjects.specOf('python-tool');
  const program = join(import.meta.dirname, '../programs/records.ts');
  const ours = new Asked('the program with records', [
    process.execPath,
    program,
    JSON.stringify(spec),
  ]);
  try {
    const figures: Figure[] = [];
    for (const bytes of [100_000, 10_000_000] as const) {
      const times = bytes > 1_000_000 ? 2 : 20;
      const mine: Round[] = [];
      const theirs: Round[] = [];
      for (let round = -1; round < rounds; round++) {
        // oxlint-disable-next-line no-await-in-loop -- in turn, so that neither disturbs the other
        const found = await ours.ask<Round>({ do: 'records', bytes, times });
        // oxlint-disable-next-line no-await-in-loop
        const other = await reference?.ask<Round>({ do: 'records', bytes, times });
        if (round < 0) continue;
        mine.push(found);
        if (other !== undefined) theirs.push(other);
      }
      figures.push(compared(`${bytes / 1_000} KB of records`, mine, theirs, stated[bytes]));
    }
    const memory = await ours.ask<Memory>({ do: 'memory' });
    const other = await reference?.ask<Memory>({ do: 'memory' });
    figures.push(...(['worker', 'host'] as const).map((side) => held(side, memory, other)));
    figures.push(await byFile(ours, join(subjects.folder, 'records.json'), rounds));
    return figures;
  } finally {
    await ours.close();
  }
}

function compared(what: string, own: Round[], others: Round[], best: number): Figure {
  const mine = own.map(({ ms }) => Math.min(...ms));
  const theirs = others.map(({ ms }) => Math.min(...ms));
  const floors = theirs.length > 0 ? theirs : mine.map(() => best);
  const ratios = mine.map((ms, round) => ms / (floors[round] ?? best));
  const cpuOf = (rounds: Round[]): string =>
    `${median(rounds.map(({ cpuMs }) => cpuMs)).toFixed(1)} ms`;
  return {
    what: `${what} there and back, Python worker; beside the reference`,
    unit: 'ms',
    measured: median(mine),
    floor: median(floors),
    ratio: { middle: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) },
    budget: { of: 'ratio', atMost: 1 / 3 },
    details: {
      'processor time of host and worker': cpuOf(own),
      ...(others.length === 0 ? {} : { "the reference's": cpuOf(others) }),
      'the reference at its best, as stated': `${best} ms`,
    },
  };
}

function held(side: 'worker' | 'host', memory: Memory, other: Memory | undefined): Figure {
  const floor = other?.[side] ?? statedMemory[side];
  return {
    what: `resident in the ${side} afterwards`,
    unit: 'MB',
    measured: memory[side],
    floor,
    budget: { of: 'measured', atMost: statedMemory[side] / 2 },
  };
}

async function byFile(ours: Asked, path: string, rounds: number): Promise<Figure> {
  writeFileSync(path, JSON.stringify(recordsOf(10_000_000)));
  const { ms } = await ours.ask<Round>({ do: 'by-file', path, times: rounds * 5 });
  return {
    what: 'the same 10 MB by reference to a file',
    unit: 'ms',
    measured: median(ms),
    budget: { of: 'measured', atMost: 10 },
  };
}
