import { defaults } from '../../defaults.ts';
import { HostError } from '../../errors.ts';
import { newId } from '../../ids.ts';
import { labelProblem } from '../../kernel/claims/label.ts';
import {
  adoption,
  attribution,
  type EventDraft,
  halt as halted,
  leave,
  type Lease,
  notLive,
  release as released,
  renewal,
  type Spawn,
  spawn as spawning,
} from '../../kernel/leases/index.ts';
import { endOf, lineage } from '../judge.ts';
import { identityOf } from '../machine.ts';
import type {
  Adopted,
  AdoptOptions,
  Authority,
  Changed,
  NotDone,
  Renewed,
  RenewOptions,
  SpawnOptions,
} from '../request.ts';
import { asAllowed, newSecret, secretHash } from '../secret.ts';
import type { Place } from './place.ts';

const ordinaryTerm = { defaultMs: defaults.leaseTermMs, maxMs: defaults.leaseMaxTermMs };

/** Whether the lease is live once everything that ended it is recorded; if not, what became of it. */
export function settled({ tx, machine }: Place, id: string): NotDone | null {
  const { state } = tx;
  const lease = state.leases.get(id);
  if (lease !== undefined) {
    for (const each of lineage(state, lease)) {
      const event = endOf(state, each, machine, tx.moment.bootMs);
      if (event !== null) tx.append(event);
    }
  }
  if (state.leases.has(id)) return null;
  tx.recall(id);
  return notDone(notLive(state, id));
}

export function release(place: Place, id: string, authority: Authority): Changed {
  const over = settled(place, id);
  if (over !== null) return over;
  const { state } = place.tx;
  const lease = state.leases.get(id) as Lease;
  const decided = released(state, id, { authority: asAllowed(authority) });
  if (decided.kind === 'refused') return notDone(decided);
  place.tx.append(decided.event);
  return { kind: 'done', lease };
}

export function renew(
  place: Place,
  id: string,
  authority: Authority,
  { termMs, floorMs, maxTermMs }: RenewOptions = {},
): Renewed {
  const over = settled(place, id);
  if (over !== null) return over;
  const { state, moment } = place.tx;
  const decided = renewal(state, id, {
    authority: asAllowed(authority),
    nowMs: moment.bootMs,
    termMs: termMs ?? null,
    maxTermMs: maxTermMs ?? ordinaryTerm.maxMs,
    floorMs: floorMs ?? 0,
  });
  if (decided.kind === 'refused') return notDone(decided);
  if (decided.kind === 'coalesced')
    return { kind: 'coalesced', lease: state.leases.get(id) as Lease };
  return done(place, id, decided.event);
}

export function adopt(
  place: Place,
  id: string,
  authority: Authority,
  { holder: name, pid, secret: newOne = newSecret() }: AdoptOptions,
): Adopted {
  const { tx, machine } = place;
  const problem = labelProblem('The name of the holder', name) ?? operatorProblem(authority);
  if (problem !== null) return notDone(problem);
  const over = settled(place, id);
  if (over !== null) return over;
  const process = pid === undefined ? null : identityOf(machine, pid);
  if (pid !== undefined && process === null) {
    return notDone({
      code: 'CLAIM_INVALID',
      reason: `There is no process ${pid} that the lease could live and die with`,
      hint: 'Name a running one, or leave it away.',
    });
  }
  const decided = adoption(tx.state, id, {
    authority: asAllowed(authority),
    holder: { name, process },
    secretHash: secretHash(newOne),
    bootId: machine.bootId,
    nowMs: tx.moment.bootMs,
    term: ordinaryTerm,
  });
  if (decided.kind === 'refused') return notDone(decided);
  return { ...done(place, id, decided.event), secret: newOne };
}

export function halt(place: Place, id: string, request: { reason: string; by: string }): Changed {
  const problem =
    labelProblem('The reason', request.reason) ?? labelProblem('The name', request.by);
  if (problem !== null) return notDone(problem);
  const over = settled(place, id);
  if (over !== null) return over;
  const decided = halted(place.tx.state, id, request);
  return decided.kind === 'refused' ? notDone(decided) : done(place, id, decided.event);
}

export function attribute(place: Place, id: string, pid: number | null): Changed {
  const over = settled(place, id);
  if (over !== null) return over;
  const authority = { kind: 'operator', name: 'capstan' } as const;
  const decided = attribution(place.tx.state, id, { authority, pid });
  if (decided.kind === 'refused') return notDone(decided);
  if (decided.kind === 'do') return done(place, id, decided.event);
  return { kind: 'done', lease: place.tx.state.leases.get(id) as Lease };
}

/** Throws LABEL_INVALID, LEASE_NOT_FOUND and LEASE_OVER. */
export function spawn(place: Place, options: SpawnOptions): Spawn {
  const { holder, purpose, parent, runId, claims, command, ttlMs } = options;
  const problem =
    labelProblem('The name of the holder', holder) ??
    (purpose === undefined ? null : labelProblem('The purpose', purpose)) ??
    (parent === undefined ? null : settled(place, parent));
  if (problem !== null) throw refusalError(problem);
  const { moment, state } = place.tx;
  const intent: Spawn = {
    id: newId('spn'),
    holder,
    claims,
    command: command ?? null,
    purpose: purpose ?? null,
    parent: parent ?? null,
    runId: runId ?? null,
    bootId: moment.bootId,
    sinceMs: moment.bootMs,
    untilMs: moment.bootMs + (ttlMs ?? defaults.leaseSpawnMs),
    at: moment.at,
  };
  const decided = spawning(state, intent);
  if (decided.kind === 'refused') throw refusalError(decided);
  place.tx.append(decided.event);
  return intent;
}

export function leaveLine({ tx }: Place, ticket: number): void {
  if (tx.state.waiters.has(ticket)) tx.append(leave(ticket, 'gave up waiting').event);
}

function done({ tx }: Place, id: string, event: EventDraft): { kind: 'done'; lease: Lease } {
  tx.append(event);
  return { kind: 'done', lease: tx.state.leases.get(id) as Lease };
}

const operatorProblem = (authority: Authority): ReturnType<typeof labelProblem> =>
  'secret' in authority ? null : labelProblem("The operator's name", authority.operator);

interface Said {
  code: string;
  reason: string;
  hint: string;
}

export const notDone = ({ code, reason, hint }: Said): NotDone => ({
  kind: 'refused',
  code,
  reason,
  hint,
});

/** The refusal of something that has no other way to say it. */
export const refusalError = ({ code, reason, hint }: Said): HostError =>
  new HostError(code as HostError['code'], reason, { hint });
