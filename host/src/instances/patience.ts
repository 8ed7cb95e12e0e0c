import type { Frame, Json } from '@capstan/protocol';
import { afterMs } from '../clock.ts';
import { HostError } from '../errors.ts';
import type { CallOutcome, LiveWorker } from '../workers/index.ts';

export interface PatientQuestion {
  path: '/initialize' | '/reconfigure' | '/prefetch';
  body?: Json;
  /** So long without news, and it hangs. */
  silenceMs: number;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: number, message: string) => void) | undefined;
}

export type PatientOutcome =
  | CallOutcome
  | { kind: 'stalled'; silentMs: number; last: string | null };

/**
 * Asks a worker for something that may take as long as it likes while it gets on: a download, a model that
 * loads. What counts as getting on is progress or a message other than before; the clock on the wall never
 * does. A heartbeat keeps its message changing, so that a phase that cannot tell how far it is may be long.
 */
export async function askPatiently(
  worker: LiveWorker,
  { path, body, silenceMs, signal, onProgress }: PatientQuestion,
): Promise<PatientOutcome> {
  const silence = new AbortController();
  const wait = () => afterMs(silenceMs, () => silence.abort());
  let callOff = wait();
  let last: { progress: number; message: string } | null = null;
  const onFrame = (frame: Frame): void => {
    if (frame.event !== 'progress') return;
    const { progress, message } = frame;
    if (last !== null && last.progress === progress && last.message === message) return;
    last = { progress, message };
    callOff();
    callOff = wait();
    onProgress?.(progress, message);
  };
  const signals = signal === undefined ? [silence.signal] : [signal, silence.signal];
  try {
    const outcome = await worker.ask('POST', path, body, {
      signal: AbortSignal.any(signals),
      onFrame,
    });
    const isStalled = outcome.kind !== 'result' && silence.signal.aborted;
    return isStalled ? { kind: 'stalled', silentMs: silenceMs, last: messageIn(last) } : outcome;
  } finally {
    callOff();
  }
}

const messageIn = (last: { message: string } | null): string | null => last?.message ?? null;

/** What somebody is told of a phase that hung. */
export function stalled(
  id: string,
  what: string,
  { silentMs, last }: { silentMs: number; last: string | null },
): HostError {
  const after = last === null || last === '' ? '' : `, the last being ${JSON.stringify(last)}`;
  return new HostError(
    'WORKER_NOT_READY',
    `${id}: ${what} told nothing new for ${silentMs / 1000} s${after}; its worker was ended`,
    {
      hint: 'A capability that takes long should report progress meanwhile, or use `heartbeat`. More patience: `silenceSeconds` in capstan.yaml.',
      details: { instance: id, silentMs },
    },
  );
}
