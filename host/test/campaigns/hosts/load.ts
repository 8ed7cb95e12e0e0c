import { writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { JsonObject } from '@capstan/protocol';
import { HostError } from '../../../src/errors.ts';
import type { JobSpec, RunSpec } from '../../../src/stores/index.ts';
import { Random } from '../random.ts';
import type { Orders, Word } from './orders.ts';

/** Straight to the descriptor: what is said is out before anything else happens. */
export function say(...word: Word): void {
  writeSync(1, `${JSON.stringify(word)}\n`);
}

/** What submitters can do to a host, whichever kind of host it is. */
export interface Door {
  submit(spec: JobSpec): Promise<string>;
  run(n: number, random: Random): Promise<string>;
  cancel(id: string): Promise<void>;
  decide(jobId: string, decision: 'rerun' | 'fail'): Promise<void>;
  inDoubt(): string[];
  more?: ((random: Random, ids: readonly string[]) => Promise<void>)[];
}

/** Submits until the process is killed: jobs of all effects, with and without keys, runs, cancels, decisions. */
export async function load(door: Door, orders: Orders): Promise<void> {
  const again = orders.again.map((key) =>
    unlessRefused(async () => void (await submitKeyed(door, key, orders))),
  );
  const submitters = Array.from({ length: orders.submitters }, (_, at) =>
    submitter(door, orders, at),
  );
  await Promise.all([...again, ...submitters]);
}

async function submitter(door: Door, orders: Orders, at: number): Promise<void> {
  const random = new Random(orders.seed + at * 7_919);
  const ids: string[] = [];
  for (let n = 0; n < (orders.requests ?? Number.POSITIVE_INFINITY); n++) {
    // oxlint-disable-next-line no-await-in-loop -- a submitter asks for one thing after the other
    await unlessRefused(() => request(door, orders, random, ids, `${orders.prefix}-${at}-${n}`));
    // oxlint-disable-next-line no-await-in-loop
    await pause(random.next() * orders.paceMs);
  }
}

async function request(
  door: Door,
  orders: Orders,
  random: Random,
  ids: string[],
  key: string,
): Promise<void> {
  const what = random.next();
  if (orders.emphasis === 'cancels' && what < 0.4) await cancelRunning(door, random, key, orders);
  else if (what < 0.5) ids.push(await submitKeyed(door, key, orders));
  else if (what < 0.7) ids.push(acknowledged(await submit(door, random, key, orders), null));
  else if (what < 0.82) ids.push(acknowledged(await door.run(random.below(1e9), random), null));
  else if (what < 0.9 && ids.length > 0) await door.cancel(random.pick(ids));
  else if (what < 0.95 || door.more === undefined) await decideOne(door, random);
  else await random.pick(door.more)(random, ids);
}

/** The job follows from the key, so that whoever sends it again sends the same. */
async function submitKeyed(door: Door, key: string, orders: Orders): Promise<string> {
  say('try', key);
  if (orders.flaw === 'acknowledges first') {
    say('ack', `job_promised_${key}`, null);
    await pause(20);
  }
  const random = new Random(seedOf(key));
  return acknowledged(await submit(door, random, key, orders, key), key);
}

async function submit(
  door: Door,
  random: Random,
  label: string,
  orders: Orders,
  idempotencyKey?: string,
): Promise<string> {
  const spec = jobSpec(random, label, orders);
  return door.submit(idempotencyKey === undefined ? spec : { ...spec, idempotencyKey });
}

/** A job that hears no cancel, told to stop while it runs. */
async function cancelRunning(
  door: Door,
  random: Random,
  key: string,
  orders: Orders,
): Promise<void> {
  const spec = jobSpec(random, key, orders);
  const { delayMs: _, ...now } = spec;
  const input = { label: key, kind: 'idempotent', ms: 400, deaf: true };
  const id = acknowledged(await door.submit({ ...now, priority: 9, input }), null);
  await pause(20);
  await door.cancel(id);
}

function acknowledged(id: string, key: string | null): string {
  say('ack', id, key);
  return id;
}

async function decideOne(door: Door, random: Random): Promise<void> {
  const [jobId] = door.inDoubt();
  if (jobId === undefined) return;
  const decision = random.chance(0.5) ? 'rerun' : 'fail';
  // Said before it is done: from now on another execution is what somebody asked for.
  if (decision === 'rerun') say('rerun', jobId);
  await door.decide(jobId, decision);
}

/** A refusal is an answer. Anything else is a bug of the host, and ends it loudly. */
async function unlessRefused(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof HostError) || error.code === 'INTERNAL') throw error;
    say('refused', error.code);
  }
}

const kinds = ['pure', 'idempotent', 'unsafe'] as const;

export function jobSpec(random: Random, label: string, orders: Orders): JobSpec {
  const kind = random.pick(kinds);
  const input: JsonObject = { label, kind, ms: random.below(6) };
  if (orders.emphasis === 'files' && kind !== 'unsafe') input['ms'] = 4;
  const size = orders.emphasis === 'large values' ? random.next() / 10 : random.next();
  if (size < 0.04) input['text'] = 'x'.repeat(20_000 + random.below(60_000));
  else if (size < 0.045) input['text'] = label.padEnd(1_200_000, 'y');
  if (random.chance(0.1)) input['fails'] = 1 + random.below(2);
  const isRetried = random.chance(0.1);
  return {
    capability: `tool-${random.below(3)}`,
    action: 'do',
    input,
    effects: orders.flaw === 'calls everything repeatable' ? 'idempotent' : kind,
    priority: random.below(4),
    ...(random.chance(0.1) ? { delayMs: random.below(80) } : {}),
    ...(isRetried ? { retry: { attempts: 3, backoffMs: 5 } } : {}),
  };
}

/** A diamond, or a chain of five, of which one node may fail. */
export function runSpec(n: number, random: Random, orders: Orders): RunSpec {
  const isChain = random.chance(0.5);
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const needs = (at: number): string[] => {
    if (at === 0) return [];
    if (isChain) return [ids[at - 1] ?? ''];
    return at === 4 ? ['b', 'c', 'd'] : ['a'];
  };
  return {
    name: isChain ? 'chain' : 'diamond',
    definition: { n },
    definitionHash: `d${n}`,
    inputs: {},
    inputsHash: 'i',
    nodes: ids.map((nodeId, at) => {
      const { delayMs: _, ...spec } = jobSpec(random, nodeId, orders);
      return { ...spec, nodeId, needs: needs(at) };
    }),
    outputs: {},
    failFast: random.chance(0.5),
    resume: false,
  };
}

function seedOf(key: string): number {
  let seed = 17;
  for (const char of key) seed = (Math.imul(seed, 31) + (char.codePointAt(0) ?? 0)) >>> 0;
  return seed;
}
