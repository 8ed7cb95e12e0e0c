import type { Desk } from './desk.ts';
import type { Known } from './roster.ts';
import type { InstanceView } from './view.ts';

/** An instance with which nothing was done yet; also one of a capability that cannot be started. */
export function viewOfSleeping({ roster, around }: Desk, known: Known): InstanceView {
  const { id, capability, kind } = known;
  const setup = orNull(() => roster.setupOf(known));
  return {
    instance: id,
    capability,
    kind,
    state: 'stopped',
    session: null,
    pid: null,
    callsInFlight: 0,
    enabled: around.records.isEnabled(id),
    configHash: setup?.configHash ?? null,
    drift: [],
    notices: [],
    tasks: Object.keys(setup?.capability.tasks ?? {}),
    slots: setup?.slots ?? 1,
    refused: null,
  };
}

function orNull<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}
