import { canonicalHash, type Manifest } from '../capabilities/index.ts';
import type { LiveWorker } from '../workers/index.ts';

/** Where each recorded part of a capability can be asked for alive. */
const parts = [
  { part: 'config_schema', path: '/config_schema' },
  { part: 'structural_surface', path: '/structural_surface' },
] as const;

/**
 * Which recorded parts a live worker contradicts. Numbers are compared as JavaScript reads them, so that a
 * `1.0` that came back as `1` is no drift. A part that was not recorded, or is not answered, is skipped.
 */
export async function driftOf(worker: LiveWorker, { code }: Manifest): Promise<string[]> {
  const drifted = await Promise.all(
    parts.map(async ({ part, path }) => {
      const recorded = code[part];
      if (recorded === undefined) return false;
      const outcome = await worker.ask('GET', path);
      if (outcome.kind !== 'result') return false;
      return canonicalHash(outcome.value) !== canonicalHash(JSON.parse(JSON.stringify(recorded)));
    }),
  );
  return parts.filter((_, index) => drifted[index] === true).map(({ part }) => part);
}
