import type { Json, JsonObject } from '@capstan/protocol';
import { HostError } from '../errors.ts';
import { defaults } from '../defaults.ts';
import { type Desk, phasesTo } from './desk.ts';
import type { Instance } from './instance.ts';
import { askPatiently, stalled } from './patience.ts';
import type { PhaseOptions, PrefetchReport } from './requests.ts';
import type { Tenure } from './tenure.ts';

/**
 * Has an instance fetch what its calls would otherwise have to. It is in flight like a call: the worker is not
 * ended for idleness meanwhile, nor reconfigured under its hands.
 */
export function prefetch(
  { roster }: Desk,
  id: string,
  options: PhaseOptions,
): Promise<PrefetchReport> {
  const instance = roster.instance(roster.known(id));
  return within(instance, options, async (tenure) => {
    const { silenceMs } = tenure.setup;
    const { signal, onProgress } = options;
    const asked = { path: '/prefetch', silenceMs, signal, onProgress } as const;
    const outcome = await askPatiently(tenure.worker, asked);
    if (outcome.kind === 'result') return { status: statusIn(outcome.value) };
    // Nothing is known about the state of a worker that hangs, or that nobody heard to the end.
    if (outcome.kind !== 'error') await instance.discard(tenure);
    if (signal?.aborted === true) throw new HostError('CANCELLED', `${id}: prefetch was cancelled`);
    if (outcome.kind === 'stalled') throw stalled(id, 'prefetch', outcome);
    const { error } = outcome;
    throw new HostError('PREFETCH_FAILED', `${id} could not prefetch: ${error.message}`, {
      category: error.category,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      details: { instance: id, error },
    });
  });
}

/** What is possible now for settings whose choices depend on the machine; `{}` where nobody can say. */
export async function configOptions(
  { roster }: Desk,
  id: string,
  { start = false }: { start?: boolean },
): Promise<JsonObject> {
  const known = roster.known(id);
  if (!start && (roster.live(id)?.tenure ?? null) === null) return {};
  return within(roster.instance(known), {}, async ({ worker }) => {
    const timeoutMs = defaults.optionsMs;
    const outcome = await worker.ask('GET', '/config_options', undefined, { timeoutMs });
    return outcome.kind === 'result' ? asObject(outcome.value) : {};
  });
}

/** Does something with a ready worker, started if need be, that is not ended or reconfigured meanwhile. */
export async function within<T>(
  instance: Instance,
  options: PhaseOptions,
  work: (tenure: Tenure) => Promise<T>,
): Promise<T> {
  const signal = options.signal ?? new AbortController().signal;
  const tenure = await instance.acquire(signal, phasesTo(options));
  try {
    return await work(tenure);
  } finally {
    instance.release(tenure);
  }
}

function statusIn(value: Json): PrefetchReport['status'] {
  return asObject(value)['status'] === 'not_supported' ? 'not_supported' : 'prefetched';
}

const asObject = (value: Json): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
