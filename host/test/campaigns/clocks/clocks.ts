import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Assignment, Campaign } from '../campaign.ts';
import { keptPromises } from '../judge/judge.ts';
import { Life } from '../kills/life.ts';
import { Random } from '../random.ts';
import { Report } from '../report.ts';
import { jumps } from './jumps.ts';

const sizes = { small: { rounds: 4, lives: 1 }, full: { rounds: 80, lives: 12 } };
const hostsOfALife = 5;
const hourMs = 3_600_000;

export const clocks: Campaign = {
  name: 'clocks',
  about: 'Moves the wall clock by hours, back and forth, while jobs are delayed, retried and due.',
  promises: {
    ...keptPromises,
    'time passes':
      'A delayed or retried job starts when its time has really passed: no earlier, and not hours later.',
  },
  shards: 1,
  async run(assignment) {
    const { seed, size, folder, report } = assignment;
    const random = new Random(seed);
    const { rounds, lives } = sizes[size];
    for (let n = 0; n < rounds; n++) {
      // oxlint-disable-next-line no-await-in-loop -- timings of rounds side by side would disturb each other
      await jumps({ folder: join(folder, `jumps-${n}`), seed: random.seed(), report });
      report.progress(n + 1, rounds + lives);
    }
    const shim = compile(folder);
    if (shim === null)
      report.skip('a whole host: its clock is moved by a library that needs Linux and gcc');
    for (let n = 0; n < lives; n++) {
      if (shim === null) break;
      // oxlint-disable-next-line no-await-in-loop
      await hosts(shim, join(folder, `life-${n}`), random, report);
      report.progress(rounds + n + 1, rounds + lives);
    }
    await control(assignment, random);
  },
};

function compile(folder: string): string | null {
  const shim = join(folder, 'clock.so');
  const source = join(import.meta.dirname, 'shim.c');
  const built = spawnSync('gcc', ['-shared', '-fPIC', '-O2', '-o', shim, source, '-ldl']);
  return process.platform === 'linux' && built.status === 0 ? shim : null;
}

/** Whole hosts, each killed under a clock that jumps ten times a second. */
async function hosts(shim: string, folder: string, random: Random, report: Report): Promise<void> {
  mkdirSync(folder);
  const path = join(folder, 'offset');
  const file = openSync(path, 'w+');
  const jump = (): void => {
    const offset = BigInt((random.below(13) - 6) * hourMs);
    writeSync(file, BigInt64Array.of(offset), 0, 8, 0);
    report.count('jumps of a whole host');
  };
  jump();
  const jumping = setInterval(jump, 100);
  const env = { LD_PRELOAD: shim, CAMPAIGN_CLOCK: path };
  const options = { kind: 'queue-host', seed: random.seed(), report, env } as const;
  const life = new Life({ ...options, folder: join(folder, 'workspace') });
  for (let n = 0; n < hostsOfALife; n++) {
    // oxlint-disable-next-line no-await-in-loop -- one host after the other owns the workspace
    await life.round({ after: 'ready', ms: 200 + random.below(500) });
  }
  await life.finish();
  clearInterval(jumping);
  closeSync(file);
  life.discard();
}

/** A host that knows the time from the wall only. */
async function control({ folder, report }: Assignment, random: Random): Promise<void> {
  const found = new Report();
  for (let n = 0; n < 3 && found.violations.length === 0; n++) {
    const into = join(folder, `control-${n}`);
    // oxlint-disable-next-line no-await-in-loop -- the next only if this one got away
    await jumps({ folder: into, seed: random.seed(), report: found, followsTheWall: true });
  }
  const [first] = found.violations;
  report.control(
    'a host that waits by the wall clock',
    first !== undefined,
    first?.message ?? 'nothing',
  );
}
