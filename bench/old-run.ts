import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startWorker, type WorkerSpec } from '../host/src/workers/index.ts';
import { compare } from './measure/stats.ts';
import { installSubjects, pythonOf, type Subjects } from './subjects.ts';
import { callEcho, residentMegabytes, startMillis } from './workers.ts';
import { bareNode, bareStartMillis } from './floors/bare.ts';

/**
 * `npm run bench`: what Capstan adds to the physical floor, measured side by side in one run. Quote the
 * ratios; the absolute times are this machine's, now.
 */
const startRounds = 15;

interface Row {
  what: string;
  floor: string;
  measured: string;
  ratio: string;
  budget: string;
}
const rows: Row[] = [];

const subjects = await installSubjects();
try {
  await benchStarts(subjects);
  await benchMemory(subjects);
} finally {
  await subjects.guard.close();
  rmSync(subjects.folder, { recursive: true, force: true });
}
print(rows);

/** From spawn to readiness, against the same interpreter serving HTTP with its standard library. */
async function benchStarts(all: Subjects): Promise<void> {
  const socket = (n: number) => join(all.folder, `start-${n}.sock`);
  let n = 0;
  const starts: [what: string, bare: string[], spec: WorkerSpec][] = [
    ['worker start, Node', bareNode, all.node],
    [
      'worker start, Python',
      [pythonOf(all), '-I', join(import.meta.dirname, 'floors', 'bare_server.py')],
      all.python,
    ],
  ];
  for (const [what, bare, spec] of starts) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
    const result = await compare(
      startRounds,
      () => bareStartMillis(bare, socket(n++)),
      () => startMillis(spec),
    );
    rows.push(compared(what, result, 'ms', 1.3));
  }
}

async function benchMemory({ node, python }: Subjects): Promise<void> {
  for (const [what, spec, budget] of [
    ['idle memory, Node worker', node, 50],
    ['idle memory, Python worker', python, 20],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop
    const worker = await startWorker(spec);
    // oxlint-disable-next-line no-await-in-loop -- a call first: idle is what comes after work
    await callEcho(worker);
    // oxlint-disable-next-line no-await-in-loop
    await pause(500);
    const megabytes = residentMegabytes(worker.pid);
    rows.push({
      what,
      floor: '',
      measured: `${megabytes.toFixed(1)} MB`,
      ratio: '',
      budget: `<= ${budget} MB`,
    });
    // oxlint-disable-next-line no-await-in-loop
    await worker.stop();
  }
}

function compared(
  what: string,
  { floor, subject: measured, ratio, spread }: Awaited<ReturnType<typeof compare>>,
  unit: string,
  budget: number,
): Row {
  return {
    what,
    floor: `${floor.toFixed(0)} ${unit}`,
    measured: `${measured.toFixed(0)} ${unit}`,
    ratio: `${ratio.toFixed(2)} (${spread.map((each) => each.toFixed(2)).join('-')})`,
    budget: `<= ${budget}`,
  };
}

function print(table: Row[]): void {
  const columns = ['what', 'floor', 'measured', 'ratio', 'budget'] as const;
  const header = {
    what: '',
    floor: 'floor',
    measured: 'Capstan',
    ratio: 'ratio (spread)',
    budget: 'budget',
  };
  const width = (column: (typeof columns)[number]) =>
    Math.max(...[header, ...table].map((row) => row[column].length));
  for (const row of [header, ...table]) {
    console.log(
      columns
        .map((column) => row[column].padEnd(width(column)))
        .join('   ')
        .trimEnd(),
    );
  }
}
