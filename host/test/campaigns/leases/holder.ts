import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { HostError } from '../../../src/errors.ts';
import { Ledger, type Granted, type LedgerRequest } from '../../../src/leases/index.ts';
import { Random } from '../random.ts';
import { choose, pieces, type Thing } from './things.ts';
import { type Line, now } from './witness.ts';

/**
 * Takes, uses and gives back leases of the ledger in argv[2] until `stop` appears in the folder in argv[3],
 * and tells what it did in a file of its own. Argv[4] is its name, argv[5] its seed, argv[6] its flaw.
 */
const [, , path = '', folder = '', name = '', seed = '1', flaw = ''] = process.argv;
const random = new Random(Number(seed));
const judge = process.ppid;
const ledger = Ledger.open(path);
const file = openSync(join(folder, `witness-${name}`), 'a');
const tell = (line: Line): void => void writeSync(file, `${JSON.stringify(line)}\n`);
const sleeper = new Int32Array(new SharedArrayBuffer(4));
const pause = (ms: number): void => void Atomics.wait(sleeper, 0, 0, ms);

const policy = { lanes: { api: {}, web: {} }, toleratesOverlap: false, agingMs: 500 };
const { amount } = pieces;
const capacity = {
  [pieces.resource]: { total: amount, budget: amount, used: 0, usedBy: null },
};

function live(): void {
  const things = choose(random);
  const isBound = random.chance(0.6);
  const termMs = 150 + random.below(400);
  const request: LedgerRequest = {
    holder: name,
    alternatives: [things.map(({ claim }) => claim)],
    policy,
    capacity,
    ...(isBound ? { pid: process.pid } : { termMs }),
  };
  const askedAt = now();
  const granted = ledgerAnswer(request, askedAt);
  if (granted === null) return;
  const { lease, secret, trustedForMs } = granted.answer;
  const trustedUntil = (asked: number, forMs: number | null): number =>
    forMs === null || flaw === 'forgets its term' ? Number.MAX_SAFE_INTEGER : asked + forMs;
  const { token, id } = lease;
  const until = trustedUntil(granted.askedAt, trustedForMs);
  tell({ did: 'took', at: now(), until, token, holder: name, claims: [...lease.claims] });
  work(things, id, secret, token);
  if (!isBound && random.chance(0.3)) {
    const at = now();
    const renewed = ledger.renew(id, { secret });
    if (renewed.kind === 'done') {
      // Its margin is that of the grant.
      tell({ did: 'prolonged', at: now(), until: trustedUntil(at, trustedForMs), token });
      work(things, id, secret, token);
    }
  }
  // Some never give back what ends by itself.
  if (!isBound && random.chance(0.02)) return;
  tell({ did: 'leaves', at: now(), token });
  const released = ledger.release(id, { secret });
  if (released.kind === 'refused' && released.code !== 'LEASE_OVER') {
    tell({ did: 'failed', at: now(), message: `release: ${released.code} ${released.reason}` });
  }
}

/** Asks once, and then in the line; null where it gives up. */
function ledgerAnswer(
  request: LedgerRequest,
  first: number,
): { answer: Granted; askedAt: number } | null {
  let ticket: number | undefined;
  let waitedMs = 0;
  let last = first;
  for (;;) {
    const askedAt = now();
    // A gap is a time in which it was stopped itself.
    waitedMs += Math.min(askedAt - last, 50);
    last = askedAt;
    const answer = ledger.acquire({
      ...request,
      lineMs: 30_000,
      ...(ticket !== undefined && { ticket }),
    });
    if (answer.kind === 'granted') {
      if (ticket !== undefined) tell({ did: 'waited', at: now(), ms: waitedMs, served: true });
      return { answer, askedAt };
    }
    if (answer.kind === 'refused') {
      tell({ did: 'failed', at: now(), message: `acquire: ${answer.code} ${answer.reason}` });
      return null;
    }
    ticket = answer.ticket ?? ticket;
    if (waitedMs > starvedMs) {
      const by = answer.blockers.map(({ holder, leaseId }) => `${holder} ${leaseId}`).join(', ');
      tell({ did: 'waited', at: now(), ms: waitedMs, served: false });
      tell({ did: 'failed', at: now(), message: `starves: ${answer.code} ${answer.reason} ${by}` });
    }
    if (waitedMs > starvedMs || random.chance(0.002)) {
      if (ticket !== undefined) ledger.leaveLine(ticket);
      return null;
    }
    untilNews();
  }
}

/** Until somebody has written to the ledger; some things end without a word, so not for long. */
function untilNews(): void {
  const version = ledger.version();
  for (let ms = 0; ms < 50 && ledger.version() === version; ms += 2) pause(2);
}

const starvedMs = 10_000;

/** Thinks for a moment, and then writes to something that it holds alone. */
function work(things: readonly Thing[], id: string, secret: string, token: number): void {
  const writable = things.filter(
    ({ claim, covers }) =>
      claim.kind !== 'quantity' && claim.mode === 'exclusive' && covers.length > 0,
  );
  if (writable.length === 0) return;
  const thing = random.pick(random.pick(writable).covers);
  const checked = ledger.check(id, { secret, token });
  if (checked.kind !== 'done') return;
  pause(random.next() * 2);
  if (random.chance(0.01)) beStopped();
  try {
    if (flaw === 'writes without a guard') write(thing, token);
    else ledger.guard(id, secret, () => write(thing, token), { token });
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    tell({ did: 'was refused a write', at: now(), token, code: error.code });
  }
}

/** At the worst moment: when all is checked and nothing is written. Somebody else lets it go on, after every term. */
function beStopped(): void {
  spawn('sh', ['-c', `sleep 0.8; kill -CONT ${process.pid}`], { detached: true, stdio: 'ignore' });
  process.kill(process.pid, 'SIGSTOP');
}

function write(thing: string, token: number): void {
  const target = join(folder, `thing-${thing.replaceAll('/', '_')}`);
  const before = existsSync(target) ? Number(readFileSync(target, 'utf8').split(' ')[0]) : 0;
  writeFileSync(target, `${token} ${name} `, { flag: existsSync(target) ? 'r+' : 'w' });
  if (before > token) tell({ did: 'overwrote', at: now(), token, newer: before, thing });
  else tell({ did: 'wrote', at: now(), token, thing });
}

try {
  // Nobody is left behind by a judge that ended before it could say so.
  while (!existsSync(join(folder, 'stop')) && process.ppid === judge) live();
  ledger.close();
} catch (error) {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  appendFileSync(join(folder, 'failures'), `${name}: ${message}\n`);
  throw error;
}
