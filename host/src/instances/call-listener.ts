import type { Frame, Json } from '@capstan/protocol';
import { isoFromMs } from '../clock.ts';
import { HostError, messageOf } from '../errors.ts';
import type { AttemptContext } from '../queue/index.ts';
import type { ArtifactRecord, AttemptOutcome } from '../stores/index.ts';
import type { CollectedOutputs } from './outputs.ts';

interface Surroundings {
  attempt: AttemptContext;
  /** Takes over the files of a value. */
  keep: (value: Json, index: number) => Promise<CollectedOutputs> | null;
  /** Asks the worker to end the call. */
  giveUp: (why: string) => void;
}

/** Hears what a call tells while it runs, and passes it on. What it answers with a promise holds up the tool. */
export class CallListener {
  /** The files of the values of a stream. */
  readonly artifacts: ArtifactRecord[] = [];
  /** A running total by unit: only the last one counts. */
  usage: { [unit: string]: number } | undefined;
  readonly #around: Surroundings;
  #values = 0;
  #failure: HostError | null = null;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  readonly onFrame = (frame: Frame): void | Promise<void> => {
    const { attempt } = this.#around;
    switch (frame.event) {
      case 'progress':
        attempt.onProgress(frame.progress, frame.message);
        return undefined;
      case 'account':
        return attempt.onAccount(frame.type, frame.payload);
      case 'usage':
        this.usage = frame.usage;
        return undefined;
      default:
        return undefined;
    }
  };

  readonly onChunk = (value: Json, characters = 0): void | Promise<void> => {
    if (this.#failure !== null) return undefined;
    const kept = this.#around.keep(value, this.#values);
    this.#values += 1;
    if (kept === null) return this.#around.attempt.onChunk(value, characters);
    return this.#passOn(kept, characters);
  };

  /** How the call ended, with what was heard of it. */
  withAll(outcome: AttemptOutcome, nowMs: number): AttemptOutcome {
    const usage = this.usage === undefined ? {} : { usage: this.usage };
    if (this.#failure !== null && outcome.kind !== 'cancelled') {
      const { session } = outcome;
      const error = this.#failure.toWire(isoFromMs(nowMs));
      return { kind: 'failed', error, ...(session === undefined ? {} : { session }), ...usage };
    }
    if (outcome.kind !== 'completed') return { ...outcome, ...usage };
    const artifacts = [...this.artifacts, ...outcome.artifacts];
    return { ...outcome, artifacts, ...usage };
  }

  async #passOn(kept: Promise<CollectedOutputs>, characters: number): Promise<void> {
    try {
      const { result, artifacts } = await kept;
      this.artifacts.push(...artifacts);
      await this.#around.attempt.onChunk(result, characters);
    } catch (error) {
      // What the reader has got is as it should be; nothing that comes after this is.
      this.#failure =
        error instanceof HostError ? error : new HostError('INTERNAL', messageOf(error));
      this.#around.giveUp(this.#failure.message);
    }
  }
}
