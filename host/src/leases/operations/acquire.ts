import type { Decision } from '../../kernel/arbitrate/index.ts';
import { labelProblem } from '../../kernel/claims/label.ts';
import {
  allowed,
  grant,
  type Holder,
  type LedgerState,
  trustedForMs,
  wait,
} from '../../kernel/leases/index.ts';
import { defaults } from '../../defaults.ts';
import { judge } from '../judge.ts';
import { identityOf } from '../machine.ts';
import type { LedgerAnswer, LedgerRequest, Refused } from '../request.ts';
import { newIdentity, secretHash } from '../secret.ts';
import type { Place } from './place.ts';

const ordinaryTerm = { defaultMs: defaults.leaseTermMs, maxMs: defaults.leaseMaxTermMs };

/** Of what was refused. */
const mostRecordedChars = 64 * 1024;
const mostHolderChars = 500;

/** Grants the request, or says why not; either is recorded with its reason. */
export function acquire(place: Place, request: LedgerRequest): LedgerAnswer {
  const { tx, machine } = place;
  const problem = problemWith(place, request);
  if (problem !== null) return recorded(place, request, problem);
  let decision: Decision;
  for (;;) {
    const judgement = judge(tx.state, request, machine, tx.moment.bootMs);
    ({ decision } = judgement);
    if (judgement.over.length === 0) break;
    for (const event of judgement.over) tx.append(event);
  }
  if (decision.kind === 'refused') return recorded(place, request, decision);
  if (decision.kind === 'waiting') return inLine(place, request, decision);
  return granted(place, request, decision);
}

/** What nothing that others do can mend. */
function problemWith({ tx, machine }: Place, request: LedgerRequest): Refused | null {
  const { parent, pid, purpose } = request;
  const label = purpose === undefined ? null : labelProblem('The purpose', purpose);
  if (label !== null) return refusal(label);
  if (parent !== undefined) {
    tx.recall(parent.id);
    const hash = secretHash(parent.secret);
    const found = allowed(tx.state, parent.id, { kind: 'holder', secretHash: hash });
    if (found.kind === 'refused') return refusal(found);
  }
  if (pid !== undefined && identityOf(machine, pid) === null) {
    return refusal({
      code: 'CLAIM_INVALID',
      reason: `There is no process ${pid} that the lease could live and die with`,
      hint: 'Name a running one, or leave it away and give the lease a term.',
    });
  }
  return null;
}

function granted(
  place: Place,
  request: LedgerRequest,
  decision: Extract<Decision, { kind: 'granted' }>,
): LedgerAnswer {
  const { tx, machine, startedMs } = place;
  const { holder: name, pid, purpose, runId, parent, ticket, attributedPid } = request;
  const { id, secret } = request.identity ?? newIdentity();
  const term = request.term ?? ordinaryTerm;
  const process = pid === undefined ? null : identityOf(machine, pid);
  const { claims, alternative, overtaken, overlaps } = decision;
  const done = grant(tx.state, {
    id,
    holder: { name, process },
    claims,
    bootId: machine.bootId,
    nowMs: tx.moment.bootMs,
    at: tx.moment.at,
    termMs: request.termMs ?? (process === null ? term.defaultMs : null),
    maxTermMs: term.maxMs,
    purpose: purpose ?? null,
    parent: parent?.id ?? null,
    runId: runId ?? null,
    secretHash: secretHash(secret),
    attributedPid: attributedPid ?? null,
    ticket: ticket !== undefined && tx.state.waiters.has(ticket) ? ticket : null,
    spawn: spawnOf(tx.state, request),
    overtaken,
    overlaps: [...new Set(overlaps.flatMap(({ leaseId }) => leaseId ?? []))],
  });
  if (done.kind === 'refused') return recorded(place, request, refusal(done));
  tx.append(done.event);
  const { lease } = done.event.payload;
  const trustedMs = trustedForMs(lease.termMs);
  // The holder counts from before it asked.
  const trustedLeftMs = trustedMs === null ? null : trustedMs - (tx.moment.bootMs - startedMs);
  return {
    kind: 'granted',
    lease,
    secret,
    trustedForMs: trustedLeftMs,
    alternative,
    overtaken,
    overlaps,
  };
}

function spawnOf({ spawns }: LedgerState, { spawn, holder, runId }: LedgerRequest): string | null {
  if (spawn !== undefined) return spawns.has(spawn) ? spawn : null;
  for (const each of spawns.values()) {
    if (each.holder === holder && (each.runId === null || each.runId === (runId ?? null)))
      return each.id;
  }
  return null;
}

function inLine(
  place: Place,
  request: LedgerRequest,
  decision: Extract<Decision, { kind: 'waiting' }>,
): LedgerAnswer {
  const { tx, machine } = place;
  const { holder: name, ticket, lineMs, runId, alternatives, purpose } = request;
  if (ticket !== undefined && tx.state.waiters.has(ticket)) return { ...decision, ticket };
  if (lineMs === undefined || lineMs <= 0) {
    recorded(place, request, decision);
    return { ...decision, ticket: null };
  }
  // The process that waits, which is not that of the lease when it waits for somebody else.
  const holder: Holder = { name, process: identityOf(machine, process.pid) };
  const { event } = wait(tx.state, {
    holder,
    runId: runId ?? null,
    alternatives,
    purpose: purpose ?? null,
    bootId: machine.bootId,
    sinceMs: tx.moment.bootMs,
    untilMs: tx.moment.bootMs + lineMs,
  });
  tx.append(event);
  return { ...decision, ticket: event.payload.waiter.ticket };
}

function recorded<T extends Exclude<Decision, { kind: 'granted' }>>(
  { tx }: Place,
  { holder, alternatives }: LedgerRequest,
  decision: T,
): T {
  const { code, reason, blockers } = decision;
  const named = [...new Set(blockers.flatMap(({ leaseId }) => leaseId ?? []))];
  // Whoever asks for too much again and again must not fill the disk with it.
  const isShort = JSON.stringify(alternatives).length <= mostRecordedChars;
  const payload = {
    holder: holder.slice(0, mostHolderChars),
    code,
    reason,
    alternatives: isShort ? alternatives : [],
    blockers: named,
  };
  tx.append({ type: 'refused', leaseId: null, payload });
  return decision;
}

const refusal = ({
  code,
  reason,
  hint,
}: {
  code: string;
  reason: string;
  hint: string;
}): Refused => ({
  kind: 'refused',
  code,
  reason,
  blockers: [],
  hint,
});
