import { writeFileSync } from 'node:fs';
import {
  type Envelope,
  type Frame,
  fileValue,
  filesIn,
  type Json,
  limits,
  type WireError,
  wireValue,
} from '@capstan/protocol';
import { toWireError } from './classify.ts';
import { CallContext, type Surroundings } from './context.ts';
import { runInCall } from './current.ts';
import { type CallHeaders, Refused } from './door.ts';

/** How a call ended. The result is JSON text already, since its size had to be known anyway. */
export type Outcome = { kind: 'result'; json: string } | { kind: 'error'; error: WireError };

/** How long a cancel waits for a call that it overtook on another connection. */
const earlyCancelMs = 10_000;

/** A timer that is set for longer goes off at once. What takes that long is left to the host to end. */
const timerReachMs = 2 ** 31 - 1;

/** The calls in flight on this worker. */
export class Calls {
  readonly #inFlight = new Map<string, CallContext>();
  readonly #cancelledEarly = new Map<string, { reason: string; atMs: number }>();
  readonly #surroundings: Surroundings;
  #highestFence = 0;
  /** What the latest call that measured itself consumed. */
  lastUsage: { [unit: string]: number } | null = null;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  get count(): number {
    return this.#inFlight.size;
  }

  /** Admits a call, or refuses it because a host with a newer claim was here before. */
  open(
    { callId, deadlineMs, fence }: CallHeaders,
    envelope: Envelope | null,
    emit: (frame: Frame) => void,
  ): CallContext {
    if (fence !== null && fence < this.#highestFence) {
      throw new Refused(
        412,
        'FENCED',
        `fence ${fence} is stale; this worker has seen ${this.#highestFence}`,
      );
    }
    if (fence !== null) this.#highestFence = fence;
    if (this.#inFlight.has(callId)) {
      throw new Refused(400, 'REQUEST_INVALID', `a call ${callId} is running already`);
    }
    const call = new CallContext(callId, envelope, deadlineMs, this.#surroundings, emit);
    this.#inFlight.set(callId, call);
    const early = this.#cancelledEarly.get(callId);
    if (early !== undefined && Date.now() - early.atMs < earlyCancelMs) {
      call.stop({ kind: 'cancelled', reason: early.reason });
    }
    this.#cancelledEarly.delete(callId);
    return call;
  }

  /** Carries a call out. Never throws: whatever happens is an outcome. */
  async run(
    call: CallContext,
    deadlineMs: number | null,
    inputs: ReadonlySet<string>,
    work: (call: CallContext) => unknown,
  ): Promise<Outcome> {
    const timer =
      deadlineMs === null || deadlineMs > timerReachMs
        ? undefined
        : setTimeout(() => call.stop({ kind: 'late', afterMs: deadlineMs }), deadlineMs);
    try {
      call.checkCancel();
      const returned = await runInCall(call, () => work(call));
      const ended = call.endedBy();
      if (ended !== null) return { kind: 'error', error: ended };
      return { kind: 'result', json: jsonOf(returned, call, inputs, 'result') };
    } catch (error) {
      return { kind: 'error', error: call.endedBy() ?? toWireError(error) };
    } finally {
      clearTimeout(timer);
      this.#inFlight.delete(call.callId);
      if (call.lastUsage !== null) this.lastUsage = call.lastUsage;
    }
  }

  /** Asks one call, or all, to stop. Returns which were running. */
  cancel(callId: string | undefined, reason: string): string[] {
    const running = callId === undefined ? [...this.#inFlight.keys()] : [callId];
    const found = running.filter((id) => this.#inFlight.has(id));
    for (const id of found) this.#inFlight.get(id)?.stop({ kind: 'cancelled', reason });
    if (callId !== undefined && found.length === 0) this.#rememberCancel(callId, reason);
    return found;
  }

  progress(): { [callId: string]: { progress: number; message: string } } {
    return Object.fromEntries(
      Array.from(this.#inFlight, ([callId, call]) => [callId, call.lastProgress]),
    );
  }

  #rememberCancel(callId: string, reason: string): void {
    const now = Date.now();
    for (const [id, { atMs }] of this.#cancelledEarly) {
      if (now - atMs >= earlyCancelMs) this.#cancelledEarly.delete(id);
    }
    this.#cancelledEarly.set(callId, { reason, atMs: now });
  }
}

/**
 * A value a capability returned, as JSON: checked, its files vetted, and moved to a file of the call's
 * folder when it is too large to travel.
 */
export function jsonOf(
  returned: unknown,
  call: CallContext,
  inputs: ReadonlySet<string>,
  name: string,
): string {
  let value: Json = wireValue(returned, (savedAt) => call.folder.adopt(savedAt));
  if (filesIn(value).length > 0) value = call.folder.vet(value, inputs);
  const json = JSON.stringify(value);
  if (json.length <= limits.inlineResultBytes / 3) return json; // no character takes more than 3 bytes
  const size = Buffer.byteLength(json);
  if (size <= limits.inlineResultBytes) return json;
  const path = call.folder.pathOf(`${name}.json`);
  writeFileSync(path, json);
  return JSON.stringify(fileValue({ path, size, mediaType: 'application/json' }));
}
