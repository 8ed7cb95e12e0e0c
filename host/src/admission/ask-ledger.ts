import type { WireError } from '@capstan/protocol';
import { isoFromMs } from '../clock.ts';
import type { ErrorCode } from '../error-table.ts';
import { HostError } from '../errors.ts';
import {
  type Basis,
  ladder,
  type Resident,
  type Rung,
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

export type Asked =
  | { kind: 'granted'; granted: Granted; basis: Basis }
  | { kind: 'waits'; ask: Pick<Ask, 'ticket' | 'basis' | 'reason' | 'short'> }
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

/** For the people of other workspaces as well. */
export const holderOf = (instance: string, root: string): string => `\`${instance}\` of ${root}`;

function rungOf(ask: Ask, look: Look, { ports, worker, gpu, presumed, residents }: Asker): Rung {
  const { instance, sinceMs } = ask;
  const isSubstantial = (bytes: number): boolean => bytes >= ports.policy.hollowBytes;
  const own = worker === null ? null : { pid: worker.pid, presumed };
  const isGranted = look.leases.some(({ claims }) => claims.some(({ kind }) => kind === 'quantity'));
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
  { alternatives, capacity, basis }: Extract<Rung, { kind: 'ask' }>,
  { instance, since }: Ask,
  look: Look,
  { residents }: Asker,
): Pick<Ask, 'ticket' | 'basis' | 'reason' | 'short'> {
  const others = residents.filter((each) => each.instance !== instance);
  const short = shortOf(alternatives, look.leases, capacity, others);
  const { ticket, code, reason, hint } = answer;
  const text =
    short === null
      ? `waiting since ${since}: ${reason} ${hint}`.trimEnd()
      : waitText(short, { basis, nowMs: look.nowMs, since, evicting: [] });
  const kind = short === null ? kindOfCode(code) : kindOf(short.resource);
  return { ticket, basis, reason: { kind, text }, short };
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
