import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Assignment, Campaign } from '../campaign.ts';
import { Random } from '../random.ts';
import { Report } from '../report.ts';
import { Fleet, type Flaw } from './fleet.ts';

const sizes = { small: 5_000, full: 500_000 };
const holders = 8;
const holdersOfControls = 4;

export const leases: Campaign = {
  name: 'leases',
  about:
    'Lets eight processes take, use and give back the same few things through one ledger, kills them, and stops them beyond their terms.',
  promises: {
    'no double grants':
      'Never do two hold what excludes each other, by the log and by what the holders saw.',
    'no stale writes': 'Whoever lost its lease while it was stopped writes nothing any more.',
    'tokens rise': 'Each grant has a higher token than all before it, whatever happens.',
    'true log': 'What the log comes to is what the tables say, and compaction loses nothing.',
    'no starvation': 'Whoever stays in the line is served.',
    'no failures': 'No command fails because others are busy, or were killed.',
  },
  shards: 1,
  async run(assignment) {
    const { seed, size, folder, report } = assignment;
    const random = new Random(seed);
    const grants = sizes[size];
    await attack({ random, folder: join(folder, 'ledger'), report, grants });
    await controls(assignment, random);
  },
};

interface Attack {
  random: Random;
  folder: string;
  report: Report;
  grants: number;
  flaw?: Flaw;
}

/** From the first start to the last word of the judges. */
async function attack({ random, folder, report, grants, flaw }: Attack): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const size = flaw === undefined ? holders : holdersOfControls;
  const fleet = new Fleet({ folder, random, report, size, ...(flaw !== undefined && { flaw }) });
  fleet.startAll();
  const mostMs = performance.now() + 60_000 + grants * 20;
  let compactedAt = 0;
  while (fleet.grants < grants && !fleet.hasFailed) {
    if (performance.now() > mostMs) {
      report.violation('no starvation', `${fleet.grants} of ${grants} grants in time`);
      break;
    }
    // oxlint-disable-next-line no-await-in-loop -- one blow after the other, in the midst of their work
    await untilGrants(fleet, Math.min(grants, fleet.grants + 2 * random.below(grantsABlow)));
    if (random.chance(0.5)) fleet.killOne();
    else fleet.stopOne(600 + random.below(400));
    if (fleet.grants - compactedAt > compactEvery) {
      compactedAt = fleet.grants;
      fleet.compact();
    }
    if (flaw === undefined) report.progress(Math.min(fleet.grants, grants), grants);
  }
  await fleet.end();
  fleet.judge();
  rmSync(folder, { recursive: true, force: true });
}

const compactEvery = 500;
const grantsABlow = 250;

/** Until there are so many, or two seconds have passed: three may be stopped at once, and hold what all want. */
async function untilGrants(fleet: Fleet, grants: number): Promise<void> {
  const until = performance.now() + 2_000;
  do {
    fleet.read();
    // oxlint-disable-next-line no-await-in-loop -- a look now and then
    await pause(10);
  } while (fleet.grants < grants && !fleet.hasFailed && performance.now() < until);
}

/** Holders that break one rule each. What is found of them is no finding of ours. */
async function controls({ folder, report }: Assignment, random: Random): Promise<void> {
  const broken: { flaw: Flaw; promise: string }[] = [
    { flaw: 'writes without a guard', promise: 'no stale writes' },
    { flaw: 'forgets its term', promise: 'no double grants' },
  ];
  for (const { flaw, promise } of broken) {
    const found = new Report();
    const first = () => found.violations.find((violation) => violation.promise === promise);
    for (let n = 0; n < 8 && first() === undefined; n++) {
      const into = join(folder, `control-${flaw.replaceAll(' ', '-')}-${n}`);
      // oxlint-disable-next-line no-await-in-loop -- the next only if this one got away
      await attack({ random, folder: into, report: found, grants: 400, flaw });
    }
    report.control(`a holder that ${flaw}`, first() !== undefined, first()?.message ?? 'nothing');
  }
}
