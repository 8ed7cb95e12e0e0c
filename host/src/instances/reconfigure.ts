import { isDeepStrictEqual } from 'node:util';
import type { WireError } from '@capstan/protocol';
import type { CallOutcome, LiveWorker } from '../workers/index.ts';
import { HostError } from '../errors.ts';
import type { Desk } from './desk.ts';
import type { Instance } from './instance.ts';
import { askPatiently, stalled } from './patience.ts';
import type { PhaseOptions } from './requests.ts';
import type { Setup } from './setup.ts';
import type { Tenure } from './tenure.ts';
import { tell } from './voice.ts';

/**
 * Gives the worker of an instance another configuration while it lives: nobody calls it meanwhile, and the
 * calls inside have ended. When it refuses or fails, it has the old one again when this throws, or else it is
 * gone, and the next one gets the old one. Throws CONFIG_INVALID, WORKER_NOT_READY, RECONFIGURE_FAILED.
 */
export function reconfigure(
  { around }: Desk,
  instance: Instance,
  setup: Setup,
  options: PhaseOptions,
): Promise<void> {
  const closure = {
    why: `waiting while ${setup.id} is reconfigured`,
    state: 'reconfiguring',
  } as const;
  return instance.inQuiet(closure, options.signal, async (tenure) => {
    // Its worker has these settings already: only where they come from may have changed.
    if (tenure !== null && !isDeepStrictEqual(tenure.setup.config, setup.config)) {
      const before = tenure.setup;
      await applyAlive(instance, tenure, setup, options);
      const { session } = tenure.worker;
      const keys = changedKeys(before, setup);
      const enabled = around.records.isEnabled(setup.id);
      tell(around, setup, 'config_applied', session, { phase: 'reconfigure', keys, enabled });
    }
    instance.adjust(setup);
  });
}

/** The worker goes back to what it was before: something after its change has failed. */
export async function takeBack(instance: Instance, tenure: Tenure, before: Setup): Promise<void> {
  const { worker, setup } = tenure;
  const outcome = await ask(worker, setup, before, {});
  if (outcome.kind === 'result') instance.adjust(before);
  else await instance.discard(tenure);
}

async function applyAlive(
  instance: Instance,
  tenure: Tenure,
  setup: Setup,
  options: PhaseOptions,
): Promise<void> {
  const { worker, setup: before } = tenure;
  const outcome = await ask(worker, before, setup, options);
  if (outcome.kind === 'result') return;
  if (outcome.kind === 'error') {
    // It may have let go of the old before it failed at the new, so it is given the old one again.
    const restored = await ask(worker, setup, before, {});
    if (restored.kind !== 'result') await instance.discard(tenure);
    throw failure(setup, outcome.error);
  }
  await instance.discard(tenure);
  if (options.signal?.aborted === true) {
    throw new HostError('CANCELLED', `${setup.id}: the change of its configuration was cancelled`);
  }
  if (outcome.kind === 'stalled') throw stalled(setup.id, 'reconfigure', outcome);
  throw failure(setup, outcome.error);
}

async function ask(
  worker: LiveWorker,
  { config: before }: Setup,
  { config: after, silenceMs }: Setup,
  { signal, onProgress }: PhaseOptions,
) {
  const options = { silenceMs, signal, onProgress };
  const body = { old_config: before, new_config: after };
  const outcome = await askPatiently(worker, { path: '/reconfigure', body, ...options });
  // Workers of the reference system may lack it, and are initialized anew.
  if (!isUnsupported(outcome)) return outcome;
  return askPatiently(worker, { path: '/initialize', body: after, ...options });
}

function isUnsupported(outcome: CallOutcome | { kind: 'stalled' }): boolean {
  if (outcome.kind === 'error') return outcome.error.code === 'NOT_SUPPORTED';
  if (outcome.kind !== 'result') return false;
  const { value } = outcome;
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    value['status'] === 'not_supported'
  );
}

function failure({ id }: Setup, error: WireError): HostError {
  const code = error.category === 'input' ? 'CONFIG_INVALID' : 'RECONFIGURE_FAILED';
  return new HostError(code, `${id} could not be reconfigured: ${error.message}`, {
    category: error.category,
    hint: error.hint ?? 'The configuration it had is still in force.',
    details: { instance: id, error },
  });
}

function changedKeys({ config: before }: Setup, { config: after }: Setup): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
}
