import type { AskedHost } from '../../host-client/index.ts';
import { isRunId } from '../../ids.ts';
import type { HostEvent } from '../../runtime.ts';

export interface Ended {
  state: string;
}

interface Waiting {
  /** The end of the journal before the cancel. */
  afterSeq: number;
  note: (text: string) => void;
  signal: AbortSignal;
}

/** Tells how far a cancel is, until nothing of it runs any more. */
export async function untilOver(
  host: AskedHost,
  id: string,
  { afterSeq, note, signal }: Waiting,
): Promise<Ended> {
  const about = isRunId(id) ? { runId: id } : { jobId: id };
  const last = isRunId(id) ? 'run_finished' : 'job_finished';
  for await (const event of host.events({ ...about, afterSeq, signal })) {
    const phase = phaseIn(event);
    if (phase !== null) note(phase);
    if (event.type === last && 'payload' in event) return { state: String(event.payload['state']) };
  }
  // The host was ended in between, in order: what it has recorded is asked of the next one.
  const { state } = isRunId(id) ? await host.report(id) : await host.job(id);
  return { state };
}

function phaseIn(event: HostEvent): string | null {
  if (!('payload' in event) || event.type !== 'job_cancel_phase') return null;
  const words: { readonly [phase: string]: string } = {
    cooperative: 'is asked to stop',
    force: 'does not stop by itself, and is ended by force',
  };
  const word = words[String(event.payload['to'])];
  return word === undefined ? null : `${event.nodeId ?? event.jobId} ${word}`;
}
