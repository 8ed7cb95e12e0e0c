import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { StateStore } from '../../host/src/stores/index.ts';
import { fill, submitMany, submitRuns } from '../hosts/fill.ts';
import { makeWorkspace } from '../hosts/workspace.ts';
import type { Bench } from '../measure/bench.ts';
import type { Budget, Figure } from '../measure/figure.ts';
import { type Recovered, startAndKill } from './start-and-kill.ts';

/** What a host finds there. */
interface Case {
  name: string;
  /** How much of it, where a tenth is measured too. */
  count: number;
  tenth?: number;
  what: string;
  fill: (store: StateStore) => Promise<void>;
  rounds: number;
}

/** From the start of a host's process to the first of many waiting jobs at work, and done. */
export async function recovery(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
  for (const each of cases(bench)) figures.push(...(await recover(bench, each)));
  return figures;
}

function cases({ size }: Bench): Case[] {
  const [some, many] = size.name === 'full' ? [10_000, 100_000] : [1_000, 10_000];
  const rounds = Math.min(3, size.rounds);
  const pending = (count: number): Case => ({
    name: 'pending',
    count,
    what: `${inWords(count)} pending jobs`,
    fill: (store) => submitMany(store, count),
    rounds,
  });
  return [
    pending(some),
    { ...pending(many), tenth: some },
    {
      name: 'delayed',
      count: many,
      what: `${inWords(many)} delayed jobs and 2,000 others`,
      fill: async (store) => {
        await submitMany(store, many, { delayMs: 86_400_000 });
        await submitMany(store, 2_000);
      },
      rounds: 1,
    },
    {
      name: 'runs',
      count: some,
      what: `${inWords(some)} unfinished runs`,
      fill: (store) => submitRuns(store, some),
      rounds: 1,
    },
  ];
}

/** After a clean stop and after a kill in turn: the kill of one is what the next recovers from. */
async function recover({ folder, say }: Bench, each: Case): Promise<Figure[]> {
  const { name, count, what, rounds } = each;
  const workspace = join(folder, `${name}-${count}`);
  await makeWorkspace(workspace);
  say(what);
  await fill(workspace, each.fill);
  const stopped: Recovered[] = [];
  const killed: Recovered[] = [];
  for (let round = 0; round < rounds; round++) {
    // To open the file and to close it again folds in what the killed host has left.
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    if (round > 0) await fill(workspace, async () => {});
    // oxlint-disable-next-line no-await-in-loop
    stopped.push(await startAndKill(workspace));
    // oxlint-disable-next-line no-await-in-loop
    killed.push(await startAndKill(workspace));
  }
  rmSync(workspace, { recursive: true, force: true, maxRetries: 3 });
  return [...figuresOf('stopped', stopped, each), ...figuresOf('killed', killed, each)];
}

function figuresOf(
  after: 'stopped' | 'killed',
  all: readonly Recovered[],
  { name, count, tenth, what }: Case,
): Figure[] {
  const figure = (of: string, words: string, measured: readonly number[]): Figure => {
    const id = (jobs: number): string => `recovery.${of}.${after}.${name}.${jobs}`;
    return {
      id: id(count),
      what: `${words} with ${what} after ${after === 'stopped' ? 'a clean stop' : 'kill -9'}`,
      unit: 'ms',
      sides: { capstan: { rounds: measured } },
      ...(of === 'dispatch' && { budgets: [soonEnough] }),
      ...(tenth !== undefined && { tenfold: id(tenth) }),
    };
  };
  return [
    figure(
      'dispatch',
      'first dispatch',
      all.map(({ dispatchedMillis }) => dispatchedMillis),
    ),
    figure(
      'done',
      'first job done',
      all.map(({ doneMillis }) => doneMillis),
    ),
  ];
}

const inWords = (count: number): string => count.toLocaleString('en');
const soonEnough: Budget = { of: 'value', atMost: 2_000, source: 'architecture 7' };
