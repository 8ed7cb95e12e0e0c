import { join } from 'node:path';
import { type Assignment, type Campaign, shareOf } from '../campaign.ts';
import type { Death, HostKind } from '../hosts/host-process.ts';
import { keptPromises } from '../judge/judge.ts';
import { Random } from '../random.ts';
import { Report } from '../report.ts';
import { Life, type LifeOptions } from './life.ts';

const sizes = { small: 100, full: 5_000 };
/** Hosts that one workspace goes through before it is finished and replaced, to keep its examination cheap. */
const roundsOfALife = 12;
/** Of five lives, one is a whole host with real workers. */
const kindsOfLives: readonly HostKind[] = [
  'queue-host',
  'real-host',
  'queue-host',
  'queue-host',
  'queue-host',
];

export const kills: Campaign = {
  name: 'kills',
  about: 'Kills hosts at random moments, under load, while they open, recover and migrate.',
  promises: {
    ...keptPromises,
    'no orphans': 'Two seconds after the death of a host nothing of it is alive.',
  },
  shards: 2,
  async run(assignment) {
    const { seed, report, folder } = assignment;
    const random = new Random(seed + assignment.shard);
    const total = shareOf(sizes[assignment.size], assignment);
    let done = 0;
    const onRound = (): void => report.progress(++done, total);
    const lives = Math.ceil(total / roundsOfALife);
    for (let n = 0; n < lives; n++) {
      const kind = kindsOfLives[n % kindsOfLives.length] ?? 'queue-host';
      const rounds = Math.min(roundsOfALife, total - n * roundsOfALife);
      const into = join(folder, `life-${n}`);
      // oxlint-disable-next-line no-await-in-loop -- two lives at a time are two shards
      await live({ kind, folder: into, seed: random.seed(), report, rounds, onRound });
    }
    if (assignment.shard === 0) await controls(assignment, random);
  },
};

interface Lived extends LifeOptions {
  rounds: number;
  onRound?: () => void;
}

export async function live(options: Lived): Promise<void> {
  const random = new Random(options.seed ^ 0x5eed);
  const startsOld = random.chance(0.3);
  const life = new Life({ ...options, startsOld });
  for (let round = 0; round < options.rounds; round++) {
    // oxlint-disable-next-line no-await-in-loop -- one host after the other owns the workspace
    const ended = await life.round(death(random, options.kind, round === 0 && startsOld));
    if (!ended.wasKilled) {
      const why = ended.stderr === '' ? `code ${ended.code}` : ended.stderr;
      options.report.violation('accepted', `a host ended by itself: ${why}`, options.seed);
      break;
    }
    options.onRound?.();
  }
  await life.finish();
  life.discard();
}

/** Mostly under load; every fifth time while it opens, recovers or migrates; sometimes at an acknowledgement. */
function death(random: Random, kind: HostKind, isMigrating: boolean): Death {
  const what = random.next();
  if (isMigrating || what < 0.2) return { after: 'opening', ms: random.next() * 30 };
  if (what < 0.3) return { acknowledgements: 1 + random.below(20) };
  // A real worker has to start before it can be in the midst of anything.
  return { after: 'ready', ms: random.next() * (kind === 'real-host' ? 700 : 150) };
}

/** Hosts that break one promise each. What is found of them is no finding of ours. */
async function controls({ folder, report }: Assignment, random: Random): Promise<void> {
  const broken = [
    { flaw: 'acknowledges first', promise: 'accepted', kind: 'queue-host' },
    { flaw: 'calls everything repeatable', promise: 'at most once', kind: 'queue-host' },
    { flaw: 'leaves an orphan', promise: 'no orphans', kind: 'queue-host' },
  ] as const;
  for (const { flaw, promise, kind } of broken) {
    const found = new Report();
    for (let life = 0; life < 6 && !accused(found, promise); life++) {
      const into = join(folder, `control-${flaw.replaceAll(' ', '-')}-${life}`);
      // oxlint-disable-next-line no-await-in-loop -- the next only if this one got away
      await live({ kind, folder: into, seed: random.seed(), report: found, flaw, rounds: 5 });
    }
    const first = found.violations.find((violation) => violation.promise === promise);
    report.control(`a host that ${flaw}`, first !== undefined, first?.message ?? 'nothing found');
  }
}

const accused = (found: Report, promise: string): boolean =>
  found.violations.some((violation) => violation.promise === promise);
