import type { JsonObject } from '@capstan/protocol';
import type { Setup } from './setup.ts';
import type { Surroundings } from './surroundings.ts';
import type { Tenure } from './tenure.ts';

/** Journals something about an instance, as it was set up then. */
export function tell(
  around: Surroundings,
  { id, configHash, capability }: Setup,
  eventType: string,
  session: string | null,
  payload: JsonObject,
  actor?: string,
): void {
  around.onEvent({
    eventType,
    capability: capability.name,
    instance: id === capability.name ? null : id,
    session,
    configHash,
    payload,
    ...(actor === undefined ? {} : { actor }),
  });
}

/** A line of the diagnostics in the host's own words. */
export function warn(
  around: Surroundings,
  { capability }: Setup,
  session: string | undefined,
  message: string,
): void {
  around.onOutput({
    source: 'record',
    level: 'warning',
    logger: 'capstan.instances',
    message,
    capability: capability.name,
    ...(session === undefined ? {} : { session }),
  });
}

/** Whenever and why ever a worker ends, it is told at once and not only when somebody calls next. */
export async function tellEnd(
  around: Surroundings,
  tenure: Tenure,
  onGone: () => void,
): Promise<void> {
  const { worker, setup } = tenure;
  const { code, signal, message, survivors } = await worker.exited;
  const phase = tenure.endPhase;
  onGone();
  const unkilled = survivors.length === 0 ? {} : { survivors };
  tell(around, setup, 'worker_died', worker.session, { phase, code, signal, message, ...unkilled });
}
