import { HostError, messageOf } from '../errors.ts';
import { type Desk, phasesTo, viewOf } from './desk.ts';
import type { Instance } from './instance.ts';
import type { ReloadOptions } from './requests.ts';
import type { Setup } from './setup.ts';
import type { InstanceView } from './view.ts';

/**
 * Puts a new worker in the place of the one an instance has, with everything that one had: slots, adapters,
 * configuration, variables. The old one serves until the new one is ready, and goes on when there will be none.
 * Where two do not fit into the machine, the old one may be ended first; then it is started again when the new
 * one fails. An instance without a worker gets one.
 */
export async function reload(
  desk: Desk,
  id: string,
  options: ReloadOptions,
): Promise<InstanceView> {
  const { roster } = desk;
  const known = roster.known(id);
  return roster.alone(id, async () => {
    const setup = roster.setupOf(known);
    const instance = roster.live(id) ?? roster.instanceWith(setup);
    const { signal, stopFirst = false } = options;
    await instance.startsSettled(signal);
    if (instance.tenure === null) await instance.bringUp(setup, signal, phasesTo(options));
    else if (stopFirst) await stopThenStart(instance, setup, options);
    else await instance.replace(setup, signal, phasesTo(options));
    await instance.tenure?.examined;
    return viewOf(desk, instance);
  });
}

function stopThenStart(instance: Instance, setup: Setup, options: ReloadOptions): Promise<void> {
  const closure = { why: `waiting while ${setup.id} is reloaded`, state: 'reloading' } as const;
  return instance.inQuiet(closure, options.signal, async (tenure) => {
    const before = tenure?.setup ?? setup;
    const onPhase = phasesTo(options);
    await tenure?.stop();
    try {
      await instance.bringUp(setup, options.signal, onPhase, 'reload');
    } catch (error) {
      await instance.bringUp(before, undefined, onPhase, 'reload').catch((again: unknown) => {
        throw withoutOld(setup.id, error, again);
      });
      throw error;
    }
  });
}

const withoutOld = (id: string, error: unknown, again: unknown): HostError =>
  new HostError(
    error instanceof HostError ? error.code : 'WORKER_START_FAILED',
    `${messageOf(error)}\nThe worker that ${id} had was ended before, and could not be started again either: ${messageOf(again)}`,
    { cause: error, details: { instance: id } },
  );
