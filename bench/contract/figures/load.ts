import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startWorker, type WorkerSpec } from '../../../host/src/workers/index.ts';
import { compare } from '../../measure/stats.ts';
import type { Figure } from '../../queue/figure.ts';
import type { Bench } from '../bench.ts';
import type { SubjectName } from '../subjects.ts';

const run = promisify(execFile);

/** The standard library's packages that the capability itself imports. */
const imports =
  'import asyncio, concurrent.futures, decimal, email.message, sqlite3, ssl, urllib.request, xml.etree.ElementTree';
/** What any worker needs: JSON over a socket, threads, log records. */
const needs = 'import json, logging, socket, threading';

type Command = [program: string, args: string[]];

const python =
  (program: string) =>
  ({ command }: WorkerSpec): Command => [command[0] ?? 'python3', ['-I', '-c', program]];
const node =
  (program: string) =>
  ({ command }: WorkerSpec): Command => [
    command[0] ?? 'node',
    ['--input-type=module', '-e', program],
  ];

const cases: [what: string, name: SubjectName, bare: (spec: WorkerSpec) => Command][] = [
  ['Python, a capability that imports packages', 'python-imports', python(`${imports}\n${needs}`)],
  ['Python, an empty capability', 'python-tool', python(needs)],
  ['Node, an empty capability', 'node-tool', node("import 'node:http'")],
];

/** From the start of the process to an initialized instance, beside a bare start with the same imports. */
export async function load({ subjects, reference, rounds }: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [what, name, bareOf] of cases) {
    const spec = subjects.specOf(name);
    const [program, args] = bareOf(spec);
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that neither disturbs the other
    const { floor, subject, ratio, spread } = await compare(
      rounds * 3,
      () => timed(() => run(program, args)),
      () => timedLoad(spec),
    );
    figures.push({
      what: `load to ready: ${what}`,
      unit: 'ms',
      measured: subject,
      floor,
      ratio: { middle: ratio, lowest: spread[0], highest: spread[1] },
      budget: { of: 'ratio', atMost: 1.5 },
    });
  }
  const other = await reference?.ask<{ ms: number }>({ do: 'load' });
  const first = figures[1];
  if (other !== undefined && first !== undefined) {
    first.details = { 'the reference, its own empty capability': `${other.ms.toFixed(0)} ms` };
  }
  return figures;
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

async function timedLoad(spec: WorkerSpec): Promise<number> {
  const start = performance.now();
  const worker = await startWorker(spec);
  await worker.request('POST', '/initialize', {});
  const took = performance.now() - start;
  await worker.stop();
  return took;
}
