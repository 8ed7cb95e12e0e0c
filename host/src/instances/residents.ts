import type { ByDevice } from '../stores/index.ts';
import type { Desk } from './desk.ts';
import type { Sampler } from './sampler.ts';

/** An instance that has a worker, or is getting one. */
export interface Resident {
  instance: string;
  capability: string;
  /** Null while it starts. */
  pid: number | null;
  session: string | null;
  isStarting: boolean;
  /** Counted, those included that wait for its worker. */
  callsInFlight: number;
  /** So long it has had nothing to do; null where it has, or is being worked on. */
  idleForMs: number | null;
  /** As it was last seen; null when nobody has looked yet. */
  rssBytes: number | null;
  /** By GPU; null where that cannot be told. */
  vramBytes: ByDevice | null;
}

export function residents({ roster }: Desk, sampler: Sampler): Resident[] {
  return roster.allLive().flatMap((instance) => {
    const { id, setup, tenure, isUp, isStarting, callsInFlight, idleForMs } = instance;
    if (!isUp) return [];
    const seen = tenure === null ? null : sampler.lastOf(tenure.worker);
    return [
      {
        instance: id,
        capability: setup.capability.name,
        pid: tenure?.worker.pid ?? null,
        session: tenure?.worker.session ?? null,
        isStarting,
        callsInFlight,
        idleForMs,
        rssBytes: seen?.rssBytes ?? null,
        vramBytes: seen?.vram ?? null,
      },
    ];
  });
}
