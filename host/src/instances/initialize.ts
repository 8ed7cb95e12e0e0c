import type { InstalledCapability } from '../capabilities/index.ts';
import { defaults } from '../defaults.ts';
import { HostError } from '../errors.ts';
import type { LiveWorker } from '../workers/index.ts';

/**
 * Hands a worker its configuration; always, also an empty one, because `initialize` is where a capability
 * sets itself up. It may take as long as it likes while it reports progress, and a good while in silence.
 * Throws CONFIG_INVALID when the capability refuses the configuration, WORKER_NOT_READY when it hangs,
 * WORKER_START_FAILED for anything else.
 */
export async function initialize(
  worker: LiveWorker,
  { name, config }: InstalledCapability,
  onPhase: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), defaults.initializeSilenceMs);
  const outcome = await worker.ask('POST', '/initialize', config, {
    signal: AbortSignal.any([signal, silence.signal]),
    onFrame: (frame) => {
      timer.refresh();
      if (frame.event === 'progress') onPhase(`initializing: ${frame.message}`);
    },
  });
  clearTimeout(timer);
  if (outcome.kind === 'result') return;
  if (signal.aborted) {
    throw new HostError('CANCELLED', `${name}: the start of its worker was cancelled`);
  }
  if (silence.signal.aborted) {
    throw new HostError(
      'WORKER_NOT_READY',
      `${name}: initialize reported nothing for ${defaults.initializeSilenceMs / 1000} s`,
      { hint: 'A capability that takes long to load should report progress meanwhile.' },
    );
  }
  const { category, message, hint } = outcome.error;
  const code = category === 'input' ? 'CONFIG_INVALID' : 'WORKER_START_FAILED';
  throw new HostError(code, `${name} could not be initialized: ${message}`, {
    category,
    ...(hint === undefined ? {} : { hint }),
    details: { capability: name, error: outcome.error },
  });
}
