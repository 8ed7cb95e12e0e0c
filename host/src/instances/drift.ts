import type { Json, JsonSchema, StructuralSurface } from '@capstan/protocol';
import {
  contradicts,
  type Difference,
  type Manifest,
  schemaDifferences,
  surfaceDifferences,
  type Witness,
  witnesses,
} from '../capabilities/index.ts';
import type { LiveWorker } from '../workers/index.ts';

/** What a live worker says of itself that its manifest does not. Never a reason not to use it. */
export interface Drift {
  /** Empty where nothing differs, or nothing could be compared. */
  parts: Witness[];
  differences: Difference[];
  /** The schema of its settings as the worker has it: what counts, once it differs. Null while it does not. */
  liveSchema: JsonSchema | null;
}

export const noDrift: Drift = { parts: [], differences: [], liveSchema: null };

/** A worker that is asked right after its start has other things to do than to hurry. */
const patienceMs = 5_000;

/**
 * Compares what a worker says of itself with what was recorded. A part that was not recorded, or that it does
 * not answer for, is skipped.
 */
export async function driftOf(worker: LiveWorker, { code, drift }: Manifest): Promise<Drift> {
  const [schema, surface] = await Promise.all(
    witnesses.map(async (part): Promise<Json | undefined> => {
      const recordedHash = part === 'config_schema' ? drift.configSchemaHash : drift.surfaceHash;
      if (recordedHash === null) return undefined;
      const outcome = await worker.ask('GET', `/${part}`, undefined, { timeoutMs: patienceMs });
      if (outcome.kind !== 'result') return undefined;
      return contradicts(code[part] as Json | undefined, recordedHash, outcome.value)
        ? outcome.value
        : undefined;
    }),
  );
  const liveSchema = (schema ?? null) as JsonSchema | null;
  const liveSurface = (surface ?? null) as unknown as StructuralSurface | null;
  return {
    parts: witnesses.filter((_, index) => [schema, surface][index] !== undefined),
    differences: [
      ...(schema === undefined ? [] : schemaDifferences(code.config_schema ?? null, liveSchema)),
      ...(surface === undefined
        ? []
        : surfaceDifferences(code.structural_surface ?? null, liveSurface)),
    ],
    liveSchema,
  };
}
