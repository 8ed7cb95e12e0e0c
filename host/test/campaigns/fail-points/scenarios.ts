import type { FailPoint } from '../../../src/fail-points.ts';
import type { LifeOptions } from '../kills/life.ts';

/** What has to go on for a fail point to be reached. */
export interface Scenario extends Pick<LifeOptions, 'kind' | 'emphasis' | 'startsOld'> {
  /** It is reached so often in one host that a later time is worth waiting for. */
  isFrequent: boolean;
  /** Size of the disk, for what happens on a full one only. */
  diskMiB?: number;
}

const often: Scenario = { kind: 'queue-host', isFrequent: true };
const once: Scenario = { kind: 'queue-host', isFrequent: false };
const large: Scenario = { ...often, emphasis: 'large values' };
const files: Scenario = { kind: 'real-host', isFrequent: true, emphasis: 'files' };
const real: Scenario = { kind: 'real-host', isFrequent: false };

export const scenarios: { readonly [point in FailPoint]: Scenario } = {
  'migrate.before-commit': { ...once, startsOld: true },
  'writer.before-commit': often,
  'writer.after-commit': often,
  'recover.before-commit': once,
  'payload.before-rename': large,
  'payload.after-rename': large,
  'reserve.before-release': { ...once, diskMiB: 24 },
  'submit.before-answer': { ...real, isFrequent: true },
  'dispatch.before-start': often,
  'attempt.before-execute': often,
  'attempt.after-execute': often,
  'attempt.after-finish': often,
  'cancel.before-force': { kind: 'real-host', isFrequent: false, emphasis: 'cancels' },
  'artifact.before-rename': files,
  'artifact.after-rename': files,
  'worker.after-spawn': real,
  'worker.after-ready': real,
  'recover.after-sweep': real,
};
