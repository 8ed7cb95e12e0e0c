import type { BuildOptions } from './build-options.ts';
import type { Machine } from './machine.ts';
import type { EnvironmentPlan } from './plan.ts';
import { installUv } from './uv.ts';

/**
 * Fetches the tool a plan asked consent for, so whoever calls this has it. Building does it by itself; an
 * installer does it before, while there is still time to plan without the tool.
 */
export async function fetchTools(
  plan: EnvironmentPlan,
  machine: Machine,
  { onProgress, signal }: BuildOptions = {},
): Promise<void> {
  if (plan.kind === 'command' && plan.inner !== null) {
    return fetchTools(plan.inner, machine, { ...(onProgress && { onProgress }), signal });
  }
  if (plan.kind !== 'uv' || plan.consent === null) return;
  await installUv(machine, plan.python, {
    signal,
    onLine: (message) => onProgress?.({ stage: 'build', message }),
  });
}
