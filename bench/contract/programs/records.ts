import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { Json, JsonObject } from '@capstan/protocol';
import { Guard, startWorker, type WorkerSpec } from '../../../host/src/workers/index.ts';
import { cpuMicrosOf } from '../../measure/processor-time.ts';
import { residentMegabytes } from '../../workers.ts';
import { call, wholeValue } from '../calls.ts';
import { recordsOf } from '../records.ts';

/**
 * A host's side of a call with records, in a process of its own, so that its memory can be told: one JSON
 * request a line on stdin, one answer a line. The first argument is the specification of the worker.
 */
type Order =
  | { do: 'records'; bytes: number; times: number }
  | { do: 'by-file'; path: string; times: number }
  | { do: 'memory' };

const spec = JSON.parse(process.argv[2] ?? '{}') as Omit<WorkerSpec, 'guard'>;
const guard = new Guard({ hostId: 'bench-records', workspace: spec.cwd });
const worker = await startWorker({ ...spec, guard });
await worker.request('POST', '/initialize', {});
const given = new Map<number, JsonObject[]>();

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await carryOut(JSON.parse(line) as Order);
  console.log(JSON.stringify(answer));
}
await worker.stop();
await guard.close();

async function carryOut(order: Order): Promise<JsonObject> {
  if (order.do === 'memory') {
    await pause(1_000);
    return { worker: residentMegabytes(worker.pid), host: residentMegabytes(process.pid) };
  }
  const ms: number[] = [];
  const before = cpuMs();
  for (let n = 0; n < order.times; n++) {
    const [action, kwargs] = inputOf(order);
    const start = performance.now();
    // oxlint-disable-next-line no-await-in-loop -- one after the other, that is what is measured
    const answer = await call(worker, action, kwargs);
    const value: Json = order.do === 'by-file' ? answer : wholeValue(answer);
    ms.push(performance.now() - start);
    const { records } = kwargs;
    if (Array.isArray(records) && (!Array.isArray(value) || value.length !== records.length)) {
      throw new Error('not what was sent came back');
    }
  }
  return { ms, cpuMs: (cpuMs() - before) / order.times };
}

/** Of both sides so far. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system + cpuMicrosOf(worker.pid)) / 1_000;
}

function inputOf(order: Exclude<Order, { do: 'memory' }>): [action: string, kwargs: JsonObject] {
  if (order.do === 'by-file') {
    const file = { __wire__: 'capstan.file', data: { path: order.path } };
    return ['records_by_file', { file }];
  }
  const records = given.get(order.bytes) ?? recordsOf(order.bytes);
  given.set(order.bytes, records);
  return ['records', { records }];
}
