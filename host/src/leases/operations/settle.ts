import { spawned, leave } from '../../kernel/leases/index.ts';
import { endOf } from '../judge.ts';
import type { Place } from './place.ts';

/** Whether an earlier boot is still in the ledger: its leases mean something else now, and its processes are gone. */
export function isOfEarlierBoot(
  { leases, waiters, spawns }: Place['tx']['state'],
  bootId: string,
): boolean {
  for (const all of [leases, waiters, spawns]) {
    for (const one of all.values()) if (one.bootId !== bootId) return true;
  }
  return false;
}

/** The first thing that is done in a new boot. */
export function settleBoot({ tx, machine }: Place): void {
  const { state, moment } = tx;
  // The events themselves move the clock on; the leases are all judged by where it stood.
  const events = [...state.leases.values()].flatMap((lease) => {
    const event =
      lease.bootId === machine.bootId ? null : endOf(state, lease, machine, moment.bootMs);
    return event ?? [];
  });
  for (const event of events)
    if (event.leaseId !== null && state.leases.has(event.leaseId)) tx.append(event);
  for (const { ticket, bootId } of state.waiters.values()) {
    if (bootId !== machine.bootId) tx.append(leave(ticket, 'the machine was started anew').event);
  }
  for (const { id, bootId } of state.spawns.values()) {
    if (bootId !== machine.bootId) tx.append(spawned(id, 'the machine was started anew').event);
  }
}

/** Announced starts that nothing came of. */
export function dropSpawns({ tx }: Place): void {
  for (const { id, untilMs } of tx.state.spawns.values()) {
    if (untilMs <= tx.moment.bootMs) tx.append(spawned(id, 'nothing came of it in time').event);
  }
}
