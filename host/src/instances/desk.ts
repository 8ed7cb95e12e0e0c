import type { Instance, OnPhase } from './instance.ts';
import type { PhaseOptions } from './requests.ts';
import type { Known, Roster } from './roster.ts';
import type { Surroundings } from './surroundings.ts';
import type { InstanceView } from './view.ts';

/** What every operation on instances works with. */
export interface Desk {
  roster: Roster;
  around: Surroundings;
}

/** Who does something, unless somebody says so. */
export const nobody = 'host';

/** A phase is told to whoever asked for the operation as progress that does not know how far it is. */
export const phasesTo =
  ({ onProgress }: PhaseOptions): OnPhase =>
  (text) =>
    onProgress?.(-1, text);

export const viewOf = ({ around }: Desk, instance: Instance): InstanceView =>
  instance.view(around.records.isEnabled(instance.id));

export const isRecorded = ({ kind }: Known): boolean => kind !== 'generated';
