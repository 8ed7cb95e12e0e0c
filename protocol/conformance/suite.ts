import { callChecks } from './checks/calls.ts';
import { cancelChecks } from './checks/cancel.ts';
import { doorChecks } from './checks/door.ts';
import { endChecks } from './checks/end.ts';
import { lifecycleChecks } from './checks/lifecycle.ts';
import { startChecks } from './checks/start.ts';
import { taskChecks } from './checks/tasks.ts';
import { valueChecks } from './checks/values.ts';
import type { Check } from './subject.ts';

export type { Check, Subject } from './subject.ts';

/** Everything an SDK promises, in the order of a worker's life. */
export const checks: readonly Check[] = [
  ...startChecks,
  ...doorChecks,
  ...lifecycleChecks,
  ...callChecks,
  ...valueChecks,
  ...cancelChecks,
  ...taskChecks,
  ...endChecks,
];
