import {
  closeSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '@capstan/protocol';
import { systemClock } from '../host/src/clock.ts';
import type { Catalog, Composition } from '../host/src/compositions/index.ts';
import { Runs } from '../host/src/compositions/index.ts';
import { workspacePaths } from '../host/src/paths.ts';
import { Queue } from '../host/src/queue/index.ts';
import { StateStore } from '../host/src/stores/index.ts';
import { median } from './measure/stats.ts';

/**
 * What a composition costs beyond its calls, on a real disk: `node bench/runs.ts`. Every call answers at
 * once, so all that is measured is deciding, binding and writing. One fsync of the same disk is measured
 * in turn with each round.
 */
export interface RunFigures {
  fsyncMillis: number;
  /** From submit to the committed end. */
  chainOf100Millis: number;
  fanOf100Millis: number;
  fanOf2000Millis: number;
  /** Of the host, and of the database, for a hundred nodes that take one value of 10 MB whole. */
  bigValue: { millis: number; residentMegabytes: number; databaseMegabytes: number };
}

const catalog: Catalog = {
  capabilities: {
    bench: {
      installed: true,
      actions: {
        do: { description: '', input: { type: 'object' }, output: null, effects: 'idempotent' },
      },
      tasks: {},
    },
  },
};

type Nodes = Composition['nodes'];

const node = (value: Json, needs: string[] = []): Nodes[string] => ({
  use: 'bench',
  action: 'do',
  with: { value },
  needs,
});

const composition = (nodes: Nodes, last: string): Composition => ({
  name: 'bench',
  inputs: {},
  nodes,
  outputs: { last: `\${{ nodes.${last}.output }}` },
  failFast: true,
});

const outputOf = (id: string): string => `\${{ nodes.${id}.output }}`;

export function chain(length: number): Composition {
  const nodes = Array.from({ length }, (_, n) => [
    `n${n}`,
    node(n === 0 ? 1 : outputOf(`n${n - 1}`)),
  ]);
  return composition(Object.fromEntries(nodes) as Nodes, `n${length - 1}`);
}

/** One, many that take its value, one that takes theirs. */
export function fan(width: number, joins = true): Composition {
  const middle = Array.from({ length: width }, (_, n) => [`m${n}`, node(outputOf('first'))]);
  const ids = middle.map(([id]) => id as string);
  const last = joins ? node(ids.map(outputOf)) : node(1, ids);
  return composition({ first: node(1), ...(Object.fromEntries(middle) as Nodes), last }, 'last');
}

export async function openRuns(root: string, result: Json) {
  const store = await StateStore.open({
    paths: workspacePaths(root),
    clock: systemClock,
    binder: new URL('../host/src/compositions/bind.ts', import.meta.url),
  });
  const executor = (job: { nodeId: string | null }) =>
    Promise.resolve({
      kind: 'completed' as const,
      result: job.nodeId === 'first' ? result : 1,
      artifacts: [],
    });
  const queue = new Queue({ store, executor, clock: systemClock, lanes: 8, slotsOf: () => 8 });
  await queue.recover();
  queue.start();
  const runs = new Runs({ store, queue, catalog });
  const run = async (given: Composition): Promise<number> => {
    const start = performance.now();
    const { runId } = await runs.submit(given, {}, { resume: false, cwd: root });
    const { state } = await runs.finished(runId);
    if (state !== 'completed') throw new Error(`${runId} is ${state}`);
    return performance.now() - start;
  };
  const close = async (): Promise<void> => {
    await queue.stop(1_000);
    await store.close();
  };
  return { run, close };
}

export async function measureRuns(rounds = 9): Promise<RunFigures> {
  const root = mkdtempSync(join(tmpdir(), 'capstan-runs-'));
  const file = openSync(join(root, 'floor'), 'w');
  try {
    const { run, close } = await openRuns(join(root, 'small'), 1);
    const [chained, fanned] = [chain(100), fan(100)];
    const figures: { fsync: number[]; chain: number[]; fan: number[] } = {
      fsync: [],
      chain: [],
      fan: [],
    };
    for (let round = 0; round < rounds + 2; round++) {
      figures.fsync.push(fsync(file));
      figures.chain.push(await run(chained));
      figures.fan.push(await run(fanned));
    }
    const fanOf2000Millis = await run(fan(2_000));
    await close();
    const late = (values: number[]): number => median(values.slice(2));
    return {
      fsyncMillis: late(figures.fsync),
      chainOf100Millis: late(figures.chain),
      fanOf100Millis: late(figures.fan),
      fanOf2000Millis,
      bigValue: await measureBig(join(root, 'big')),
    };
  } finally {
    closeSync(file);
    rmSync(root, { recursive: true, force: true });
  }
}

/** The median of a few, of a page like those the database writes. */
function fsync(file: number): number {
  const page = Buffer.alloc(4096);
  const times = Array.from({ length: 9 }, () => {
    const start = performance.now();
    writeSync(file, page);
    fdatasyncSync(file);
    return performance.now() - start;
  });
  return median(times);
}

async function measureBig(root: string): Promise<RunFigures['bigValue']> {
  const { run, close } = await openRuns(root, 'x'.repeat(10 * 1024 * 1024));
  let mostResident = 0;
  const watch = setInterval(() => {
    mostResident = Math.max(mostResident, process.memoryUsage.rss());
  }, 5);
  const millis = await run(fan(100, false));
  clearInterval(watch);
  await close();
  const { size } = statSync(workspacePaths(root).stateDb);
  return {
    millis,
    residentMegabytes: mostResident / 2 ** 20,
    databaseMegabytes: size / 2 ** 20,
  };
}

if (import.meta.main) console.log(JSON.stringify(await measureRuns(), null, 2));
