import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type FailPoint, failPoints } from '../../../src/fail-points.ts';
import { besideState, workspacePaths } from '../../../src/paths.ts';
import type { Assignment, Campaign } from '../campaign.ts';
import type { Ended } from '../hosts/host-process.ts';
import { fillDisk, mayMount, resizeDisk, withSmallDisk } from '../hosts/small-disk.ts';
import { keptPromises } from '../judge/judge.ts';
import { Life } from '../kills/life.ts';
import { Random } from '../random.ts';
import { Report } from '../report.ts';
import { type Scenario, scenarios } from './scenarios.ts';

/** The times at which a point acts, one host after the other on the same workspace. */
const hits = {
  small: { frequent: [2], rare: [1] },
  full: { frequent: [1, 2, 3, 5, 8, 13, 21, 1, 2, 4, 7, 11], rare: [1, 1, 1, 1, 1, 1] },
};
/** A host that has not come to the point by then never does. */
const patienceMs = { 'queue-host': 4_000, 'real-host': 4_000 };
const quick = { cancelGraceMs: 50, storeCheckMs: 50, reserveDelayMs: 50, reserveBytes: 2 ** 21 };

export const failPointsCampaign: Campaign = {
  name: 'fail-points',
  about: 'Lets hosts die, fail and stall at every named point at which a promise is at stake.',
  promises: {
    ...keptPromises,
    'no orphans': 'Two seconds after the death of a host nothing of it is alive.',
    reached: 'Every named point is reached.',
  },
  shards: 2,
  async run(assignment) {
    const { shard, shards, report, seed } = assignment;
    const its = failPoints.filter((_, at) => at % shards === shard);
    const random = new Random(seed + shard);
    for (const [done, point] of its.entries()) {
      const scenario = scenarios[point];
      const into = join(assignment.folder, point);
      if (scenario.diskMiB !== undefined && !mayMount()) {
        report.skip(`${point}: no file system can be mounted here, so no disk can be made small`);
        continue;
      }
      const run = (folder: string): Promise<void> =>
        attack(point, { ...assignment, folder, seed: random.seed() });
      // oxlint-disable-next-line no-await-in-loop -- two points at a time are two shards
      await (scenario.diskMiB === undefined
        ? run(into)
        : withSmallDisk(into, scenario.diskMiB, run));
      report.progress(done + 1, its.length);
    }
    if (shard === 0) await control(assignment);
  },
};

/** Everything that can be made of one point. */
async function attack(point: FailPoint, { folder, seed, size, report }: Assignment): Promise<void> {
  const scenario = scenarios[point];
  const times = scenario.isFrequent ? hits[size].frequent : hits[size].rare;
  const arms = [
    ...times.map((n) => `${point}:kill@${n}`),
    `${point}:fail@${scenario.isFrequent ? 2 : 1}`,
    ...(size === 'full' ? [`${point}:delay=30`, `${point}:fail`] : []),
  ];
  let reached = 0;
  let life: Life | null = null;
  for (const [n, armed] of arms.entries()) {
    // What happens once in the life of a workspace needs a new one each time.
    const isFresh = life === null || scenario.startsOld === true || scenario.diskMiB !== undefined;
    if (isFresh) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await end(life, scenario, folder);
      life = new Life({ ...scenario, folder: join(folder, `${n}`), seed, report, settings: quick });
    }
    const death = { after: 'ready', ms: patience(scenario, armed) } as const;
    const stopFilling = scenario.diskMiB === undefined ? undefined : fillOnceReserved(folder, n);
    // oxlint-disable-next-line no-await-in-loop
    const ended = await (life as Life).round(death, armed);
    stopFilling?.();
    if (hasDiedOfIt(ended)) reached += 1;
    else if (!ended.wasKilled) sayWhy(point, armed, ended, report);
  }
  await end(life, scenario, folder);
  report.count('points armed', arms.length);
  report.count('deaths at a point', reached);
  if (reached === 0) report.violation('reached', `${point} was never reached`, seed);
}

/** Fills the disk as soon as the host keeps room back for that. */
function fillOnceReserved(disk: string, n: number): () => void {
  const { reserve } = besideState(workspacePaths(join(disk, `${n}`)).stateDb);
  const looking = setInterval(() => {
    if (!existsSync(reserve)) return;
    clearInterval(looking);
    fillDisk(join(disk, 'filler'));
  }, 20);
  return () => {
    clearInterval(looking);
    rmSync(join(disk, 'filler'), { force: true });
  };
}

async function end(life: Life | null, { diskMiB }: Scenario, folder: string): Promise<void> {
  // Only somebody who has room again can be expected to finish.
  if (diskMiB !== undefined) resizeDisk(folder, 16 * diskMiB);
  await life?.finish();
  life?.discard();
  if (diskMiB !== undefined) resizeDisk(folder, diskMiB);
}

/** Stalls and failures are looked at for a moment only: a host that bears them goes on for ever. */
const patience = ({ kind }: Scenario, armed: string): number =>
  armed.includes(':kill') ? patienceMs[kind] : patienceMs[kind] / 6;

const hasDiedOfIt = ({ wasKilled, signal }: Ended): boolean => !wasKilled && signal === 'SIGKILL';

/** A host may end when a part of it fails, but loudly. */
function sayWhy(point: FailPoint, armed: string, { code, stderr }: Ended, report: Report): void {
  report.count('hosts that ended because a part of them failed');
  if (code !== 0 && stderr.includes(`fail point ${point}`)) return;
  report.violation('accepted', `with ${armed} a host ended with ${code}: ${stderr}`);
}

/** The same attack on a host that acknowledges too early. */
async function control({ folder, report, seed }: Assignment): Promise<void> {
  const found = new Report();
  const options = { kind: 'queue-host', flaw: 'acknowledges first' } as const;
  const life = new Life({ ...options, folder: join(folder, 'control'), seed, report: found });
  for (let n = 1; n <= 3; n++) {
    // oxlint-disable-next-line no-await-in-loop -- one host after the other
    await life.round({ after: 'ready', ms: 1_500 }, `writer.before-commit:kill@${n * 2}`);
  }
  life.discard();
  const lost = found.violations.find(({ promise }) => promise === 'accepted');
  report.control('a host that acknowledges first', lost !== undefined, lost?.message ?? 'nothing');
}
