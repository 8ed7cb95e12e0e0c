import { existsSync, readFileSync } from 'node:fs';

/**
 * What tools have done to the world: one line `<job> <kind>` per execution, written by the tool itself with
 * O_APPEND before it does anything else, so that no host can forget it. A line break goes before it too: on a
 * full disk half a line may stand there, of an execution that could not be written down and failed for that.
 */
export interface Effects {
  /** Executions by job. */
  counts: ReadonlyMap<string, number>;
  /** Jobs whose action may be done only once. */
  unsafe: ReadonlySet<string>;
}

export function readEffects(path: string): Effects {
  const counts = new Map<string, number>();
  const unsafe = new Set<string>();
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  for (const line of lines) {
    const [jobId = '', kind] = line.split(' ');
    if (jobId === '') continue;
    counts.set(jobId, (counts.get(jobId) ?? 0) + 1);
    if (kind === 'unsafe') unsafe.add(jobId);
  }
  return { counts, unsafe };
}
