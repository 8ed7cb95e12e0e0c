import { join } from 'node:path';
import { makeWorkspace } from '../hosts/workspace.ts';
import type { Bench } from '../measure/bench.ts';
import type { Budget, Figure, Measure } from '../measure/figure.ts';
import type { Held } from '../measure/memory.ts';
import { inTurn } from '../measure/sides.ts';
import { startUp } from './up.ts';

/** That the systems beside us do in the same time: theirs take 15 to 60 ms each. */
const theirJobs = 300;

/** A host that stays up: idle, with more and more jobs behind it, and started anew beside their history. */
export async function host(bench: Bench): Promise<Figure[]> {
  const { folder, size, say } = bench;
  const [some, many] = size.name === 'full' ? [10_000, 100_000] : [1_000, 10_000];
  const [empty, used] = [join(folder, 'empty'), join(folder, 'used')];
  await makeWorkspace(empty);
  await makeWorkspace(used);
  const rounds = Math.min(3, size.rounds);
  const idle = await repeatedly(rounds, empty);

  const up = await startUp(used);
  say(`${some} jobs`);
  const during = await up.run(some);
  const after = await up.settled();
  say(`${many} jobs`);
  const duringMany = await up.run(many - some);
  const afterMany = await up.settled();
  await up.close();
  const history = await repeatedly(rounds, used);

  const theirs = await inTurn(await bench.systems.sides('memoryAfter', theirJobs), {
    rounds: 1,
    secondsEach: 1,
  });
  const noted = Object.fromEntries(
    Object.entries(theirs).map(([side, measure]) => [
      side,
      { rounds: measure.rounds, note: `after ${theirJobs} jobs: it is slow` },
    ]),
  );
  const figure = (
    id: string,
    what: string,
    held: readonly Held[],
    more: Partial<Figure> = {},
  ): Figure => ({
    id: `memory.host.${id}`,
    what,
    unit: 'MB',
    sides: { capstan: resident(held) },
    budgets: [enough],
    ...more,
    details: { ...more.details, 'proportional share': megabytes(held.at(-1)?.pss) },
  });
  const jobs = (count: number): string => `${count.toLocaleString('en')} trivial jobs`;
  return [
    figure('idle', 'an idle `capstan up`', idle),
    figure(`jobs.${some}`, `\`capstan up\` after ${jobs(some)}`, [after], {
      details: { 'at most meanwhile': megabytes(during.rss) },
    }),
    figure(`jobs.${many}`, `\`capstan up\` after ${jobs(many)}`, [afterMany], {
      sides: { capstan: resident([afterMany]), ...noted },
      tenfold: `memory.host.jobs.${some}`,
      details: { 'at most meanwhile': megabytes(duringMany.rss) },
    }),
    figure(
      `history.${many}`,
      `an idle \`capstan up\` with ${many.toLocaleString('en')} jobs in history`,
      history,
    ),
  ];
}

/** Started, left alone until it is at rest, and ended. */
async function repeatedly(rounds: number, root: string): Promise<Held[]> {
  const all: Held[] = [];
  for (let round = 0; round < rounds; round++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const up = await startUp(root);
    // oxlint-disable-next-line no-await-in-loop
    all.push(await up.settled());
    // oxlint-disable-next-line no-await-in-loop
    await up.close();
  }
  return all;
}

const resident = (held: readonly Held[]): Measure => ({ rounds: held.map(({ rss }) => rss) });
const megabytes = (value: number | undefined): string => `${(value ?? Number.NaN).toFixed(0)} MB`;
const enough: Budget = { of: 'value', atMost: 120, source: 'architecture 7' };
