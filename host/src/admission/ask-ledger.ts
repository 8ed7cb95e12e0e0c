import type { WireError } from '@capstan/protocol';
import { isoFromMs } from '../clock.ts';
import type { ErrorCode } from '../error-table.ts';
import { HostError } from '../errors.ts';
import {
  type Basis,
  ladder,
  type Resident,
  type Rung,
  type ShortOf,
  shortOf,
  waitText,
} from '../kernel/admission/index.ts';
import type { WaitReason } from '../kernel/index.ts';
import type { Granted, LedgerAnswer, Refused } from '../leases/index.ts';
import type { Ask } from './ask.ts';
import type { Look } from './look.ts';
import type { BrokerPorts, SeatLedger, WorkerView } from './ports.ts';

/** Who asks, with what is here of it already. */
export interface Asker {
  ports: BrokerPorts;
  /** Its worker, where it is up. */
  worker: WorkerView | null;
  /** The GPU that worker was started on. */
  gpu: number | null;
  /** What it was granted last. */
  presumed: { readonly [resource: string]: number };
  residents: readonly Resident[];
}

type Waits = Pick<Ask, 'ticket' | 'basis' | 'reason' | 'short'>;

export type Asked =
  | { kind: 'granted'; granted: Granted; basis: Basis }
  | { kind: 'waits'; ask: Waits }
  | { kind: 'refused'; error: WireError };

/** A ticket is dropped with the process that has it, so this only has to be long enough. */
const lineMs = 24 * 3_600_000;

/** One step up the ladder: what is claimed for it, and what the ledger says to that. */
export async function askLedger(
  ask: Ask,
  look: Look,
  ledger: SeatLedger,
  asker: Asker,
): Promise<Asked> {
  const { ports, worker } = asker;
  const rung = rungOf(ask, look, asker);
  if (rung.kind === 'never') {
    return { kind: 'refused', error: neverFits(rung, ports.clock.nowMs()) };
  }
  ask.claimed = rung;
  // One that is in the line already is not written down again as long as it cannot be served.
  if (ask.ticket !== null) {
    const { ticket } = ask;
    const short = shortIn(rung, ask.instance, look, asker);
    if (short !== null)
      return { kind: 'waits', ask: shortOfIt(short, ticket, rung.basis, ask, look) };
  }
  const answer = await ledger.acquire({
    holder: holderOf(ask.instance, ports.root),
    pid: process.pid,
    purpose: `jobs of ${ask.instance}`,
    alternatives: rung.alternatives,
    capacity: rung.capacity,
    policy: { lanes: {}, toleratesOverlap: false, agingMs: ports.policy.agingMs },
    lineMs,
    ...(ask.ticket === null ? {} : { ticket: ask.ticket }),
    ...(worker === null ? {} : { attributedPid: worker.pid }),
  });
  if (answer.kind === 'granted') return { kind: 'granted', granted: answer, basis: rung.basis };
  if (answer.kind === 'refused') return refusedBy(answer, ask, rung.basis, ports);
  return { kind: 'waits', ask: waits(answer, rung, ask, look, asker) };
}

/** For the people of other workspaces as well. A name of a holder has its bounds, and a path need not keep to them. */
export function holderOf(instance: string, root: string): string {
  // oxlint-disable-next-line no-control-regex -- those are what is not to be in a name
  const path = root.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]|\p{Surrogate}/gu, '?');
  const room = 190 - instance.length;
  return `\`${instance}\` of ${path.length > room ? `…${path.slice(-room)}` : path}`;
}

function rungOf(ask: Ask, look: Look, { ports, worker, gpu, presumed, residents }: Asker): Rung {
  const { instance, sinceMs } = ask;
  const isSubstantial = (bytes: number): boolean => bytes >= ports.policy.hollowBytes;
  const own = worker === null ? null : { pid: worker.pid, presumed };
  const isGranted = look.leases.some(({ claims }) =>
    claims.some(({ kind }) => kind === 'quantity'),
  );
  const isOccupied = residents.some(
    (each) => each.instance !== instance && Object.values(each.holds).some(isSubstantial),
  );
  return ladder(
    {
      instance,
      need: { ...ports.needOf(instance), device: gpu },
      capacity: look.capacity(own),
      leases: look.leases,
      waitedMs: ports.clock.monotonicMs() - sinceMs,
      isAlone: !isGranted && !isOccupied,
      isUnified: look.isUnified,
    },
    ports.policy,
  );
}

function waits(
  answer: Extract<LedgerAnswer, { kind: 'waiting' }>,
  rung: Claimed,
  ask: Ask,
  look: Look,
  asker: Asker,
): Waits {
  const { ticket, code, reason, hint } = answer;
  const short = shortIn(rung, ask.instance, look, asker);
  if (short !== null) return shortOfIt(short, ticket, rung.basis, ask, look);
  const text = `waiting since ${ask.since}: ${reason} ${hint}`.trimEnd();
  return { ticket, basis: rung.basis, reason: { kind: kindOfCode(code), text }, short };
}

type Claimed = Extract<Rung, { kind: 'ask' }>;

const shortIn = (
  { alternatives, capacity }: Claimed,
  instance: string,
  look: Look,
  { residents }: Asker,
): ShortOf | null =>
  shortOf(
    alternatives,
    look.leases,
    capacity,
    residents.filter((each) => each.instance !== instance),
  );

function shortOfIt(
  short: ShortOf,
  ticket: number | null,
  basis: Basis,
  { since }: Ask,
  { nowMs }: Look,
): Waits {
  const text = waitText(short, { basis, nowMs, since, evicting: [] });
  return { ticket, basis, reason: { kind: kindOf(short.resource), text }, short };
}

const kindOfCode = (code: string): WaitReason['kind'] =>
  code.startsWith('LEDGER_') ? 'ledger' : code === 'LINE_AHEAD' ? 'turn' : 'resource';

const kindOf = (resource: string): WaitReason['kind'] =>
  resource === 'ram' ? 'memory' : resource.endsWith('/vram') ? 'gpu' : 'resource';

function refusedBy(
  { code, reason, hint }: Refused,
  { since, ticket }: Ask,
  basis: Basis,
  { clock }: BrokerPorts,
): Asked {
  if (code.startsWith('LEDGER_')) {
    const text = `waiting since ${since}: ${reason} ${hint}`.trimEnd();
    return { kind: 'waits', ask: { ticket, basis, reason: { kind: 'ledger', text }, short: null } };
  }
  const error = new HostError(code as ErrorCode, reason, { hint, retriable: false });
  return { kind: 'refused', error: error.toWire(isoFromMs(clock.nowMs())) };
}

function neverFits(rung: Extract<Rung, { kind: 'never' }>, nowMs: number): WireError {
  const { reason, hint, resource, needed, available } = rung;
  const error = new HostError('CLAIM_NEVER_FITS', `${reason}.`, {
    hint,
    retriable: false,
    category: 'resource',
    details: { resource, needed, available },
  });
  const wire = error.toWire(isoFromMs(nowMs));
  return { ...wire, shortfall: { resource, needed, available } };
}
