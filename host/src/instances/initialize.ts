import type { LiveWorker } from '../workers/index.ts';
import { HostError } from '../errors.ts';
import { askPatiently, stalled } from './patience.ts';
import type { Setup } from './setup.ts';

/**
 * Hands a worker its configuration; always, also an empty one, because `initialize` is where a capability
 * sets itself up. It may take as long as it likes while it gets on. Throws CONFIG_INVALID when the capability
 * refuses the configuration, WORKER_NOT_READY when it hangs, WORKER_START_FAILED for anything else.
 */
export async function initialize(
  worker: LiveWorker,
  { id, config, capability, silenceMs }: Setup,
  onPhase: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const outcome = await askPatiently(worker, {
    path: '/initialize',
    body: config,
    silenceMs,
    signal,
    onProgress: (_, message) => onPhase(`initializing: ${message}`),
  });
  if (outcome.kind === 'result') return;
  if (signal.aborted) {
    throw new HostError('CANCELLED', `${id}: the start of its worker was cancelled`);
  }
  if (outcome.kind === 'stalled') throw stalled(id, 'initialize', outcome);
  const { category, message, hint } = outcome.error;
  const code = category === 'input' ? 'CONFIG_INVALID' : 'WORKER_START_FAILED';
  throw new HostError(code, `${id} could not be initialized: ${message}`, {
    category,
    ...(hint === undefined ? {} : { hint }),
    details: { capability: capability.name, instance: id, error: outcome.error },
  });
}
