import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Bench } from '../measure/bench.ts';
import type { Figure, Measure } from '../measure/figure.ts';
import { inTurn, oneByOne, type Sample } from '../measure/sides.ts';
import { median } from '../measure/stats.ts';
import { bareNode, barePython, bareStartMillis, realPython } from './bare.ts';
import { openBareLedger } from './commit.ts';
import { openFloor } from './open.ts';

/** What nothing on this machine can go below; the other topics measure theirs again beside themselves. */
export async function floors({ folder, size }: Bench): Promise<Figure[]> {
  const bare = await openFloor(folder);
  const ledger = openBareLedger(join(folder, 'bare.db'));
  const python = realPython();
  let n = 0;
  const serving = (command: readonly string[]) => () =>
    repeat(3, () => bareStartMillis(command, join(folder, `start-${n++}.sock`)));
  const micros = await inTurn(
    {
      roundTrip: () => oneByOne(200, bare.roundTrip),
      fsync: () => oneByOne(100, async () => bare.fsync()),
      fsyncInPlace: () => oneByOne(100, async () => bare.fsyncInPlace()),
      commit: () => oneByOne(100, async () => ledger.commit()),
    },
    size,
  );
  const millis = await inTurn(
    {
      node: () => repeat(3, () => wholeCommand(process.execPath, '-e', '0')),
      nodeServing: serving(bareNode),
      python: () => repeat(3, () => wholeCommand(python, '-c', 'pass')),
      pythonServing: serving(barePython(python)),
    },
    size,
  );
  ledger.close();
  await bare.close();
  const figure =
    (unit: 'µs' | 'ms') =>
    (id: string, what: string, floor: Measure): Figure => ({
      id: `floors.${id}`,
      what,
      unit,
      sides: { floor },
    });
  const [inMicros, inMillis] = [figure('µs'), figure('ms')];
  return [
    inMicros('round-trip', '100 B over a unix socket and back, bare node:http', micros.roundTrip),
    inMicros('fsync', 'append 4 KB and fsync', micros.fsync),
    inMicros('fsync-in-place', 'write 4 KB over itself and fsync', micros.fsyncInPlace),
    inMicros('commit', 'one SQLite commit of a row, WAL, synchronous = FULL', micros.commit),
    inMillis('node', 'node -e 0', millis.node),
    inMillis('node-serving', 'bare node until its node:http listens', millis.nodeServing),
    inMillis('python', 'python -c pass', millis.python),
    inMillis('python-serving', 'bare python until its http.server listens', millis.pythonServing),
  ];
}

async function repeat(count: number, act: () => Promise<number>): Promise<Sample> {
  const walls: number[] = [];
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  for (let n = 0; n < count; n++) walls.push(await act());
  return { wall: median(walls) };
}

async function wholeCommand(program: string, ...args: string[]): Promise<number> {
  const start = performance.now();
  await once(spawn(program, args, { stdio: 'ignore' }), 'exit');
  return performance.now() - start;
}
