import type { MachineSnapshot } from './snapshot.ts';

/**
 * Whoever tells what the machine has and what is in use of it: the built-in one, or a capability that the workspace names.
 * Never fails: what it cannot measure is told in `problems`.
 */
export interface MonitorSource {
  /** For people: `built-in`, or the name of the capability. */
  readonly name: string;
  snapshot(): Promise<MachineSnapshot>;
}
