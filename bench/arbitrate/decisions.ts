import { arbitrate, type ClaimRequest } from '../../host/src/kernel/arbitrate/index.ts';
import type { Claim } from '../../host/src/kernel/claims/claim.ts';
import { awkwardClaimsOf, claimsOf, leaseOf, policy, region } from '../leases/world.ts';
import type { Bench } from '../measure/bench.ts';
import type { Figure } from '../measure/figure.ts';
import { inTurn, type Sample } from '../measure/sides.ts';
import { median } from '../measure/stats.ts';

interface World {
  id: string;
  what: string;
  claimsOf: (n: number) => Claim[];
  /** That nobody holds, by the number of the one who asks. */
  wanted: (n: number) => Claim[];
  /** Microseconds, beside a hundred leases and beside a thousand. */
  atMost?: readonly [number, number];
  /** What the regions are in texts only, for those who know no others; absent where the answer would be another. */
  isPlain: boolean;
}

const free = region(['packages/free/**', 'docs/free.md']);
const twenty = (of: string): Claim =>
  region(Array.from({ length: 20 }, (_, part) => `packages/${of}/part-${part}/*.ts`));
const alsoNamed = (claim: Claim, n: number): Claim[] => [
  claim,
  { kind: 'name', name: `name:free-${n}`, mode: 'exclusive' },
];

const worlds: readonly World[] = [
  {
    id: 'decision',
    what: 'a decision',
    claimsOf,
    wanted: (n) => alsoNamed(free, n),
    atMost: [20, 100],
    isPlain: true,
  },
  {
    id: 'twenty',
    what: 'a decision about 20 patterns, each lease with 20 of its own',
    claimsOf: (n) => [twenty(`p${n}`)],
    wanted: (n) => alsoNamed(twenty('free'), n),
    isPlain: true,
  },
  {
    id: 'wildcard-folder',
    what: 'a decision where each lease has a wildcard in one folder',
    claimsOf: awkwardClaimsOf,
    wanted: (n) => alsoNamed(free, n),
    isPlain: false,
  },
];

/** May this holder have this, beside so many leases, none of which is in its way? Every one has to be looked at. */
export async function decisions(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const world of worlds) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
    for (const leases of [100, 1_000]) figures.push(await beside(leases, world, bench));
  }
  return figures;
}

async function beside(leases: number, world: World, { size, systems }: Bench): Promise<Figure> {
  const patterns = (claims: readonly Claim[]): string[] =>
    claims.flatMap((claim) => (claim.kind === 'region' ? claim.patterns : []));
  const numbers = Array.from({ length: leases }, (_, n) => n);
  const theirs = world.isPlain
    ? await systems.sides(
        'decide',
        {
          live: numbers.map((n) => patterns(world.claimsOf(n))),
          asked: patterns(world.wanted(0)),
        },
        10,
      )
    : {};
  const { ours, ...rest } = await inTurn(
    { ours: deciding(leases, world), ...theirs },
    { rounds: size.rounds, secondsEach: 8 },
  );
  const atMost = world.atMost?.[leases === 100 ? 0 : 1];
  const source = leases === 1_000 ? 'architecture 7' : 'the arbiter';
  return {
    id: `arbitrate.${world.id}.${leases}`,
    what: `${world.what}, beside ${leases.toLocaleString('en')} live leases`,
    unit: 'µs',
    sides: { capstan: ours, ...rest },
    ...(atMost !== undefined && { budgets: [{ of: 'value', atMost, source }] }),
    ...(leases === 1_000 && { tenfold: `arbitrate.${world.id}.100` }),
  };
}

const perRound = 500;

function deciding(leases: number, { claimsOf: held, wanted }: World): () => Promise<Sample> {
  const live = Array.from({ length: leases }, (_, n) => leaseOf(n, held(n)));
  const world = { live, waiters: [], capacity: {} };
  const requests = Array.from(
    { length: 16 },
    (_, n): ClaimRequest => ({
      holder: `asker ${n}`,
      runId: null,
      alternatives: [wanted(n)],
      ticket: null,
    }),
  );
  return async () => {
    const walls: number[] = [];
    const cpu = process.cpuUsage();
    for (let n = 0; n < perRound; n++) {
      const request = requests[n % requests.length] as ClaimRequest;
      const start = performance.now();
      const { kind } = arbitrate(request, world, policy, 1_000_000 + n);
      walls.push((performance.now() - start) * 1_000);
      if (kind !== 'granted') throw new Error(`it is free, and the answer is ${kind}`);
    }
    const { user, system } = process.cpuUsage(cpu);
    return { wall: median(walls), cpuMicros: (user + system) / perRound };
  };
}
