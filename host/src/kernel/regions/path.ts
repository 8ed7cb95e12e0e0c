import { type Segment, matchesName } from './segment.ts';
import { matchesSequence } from './sequences.ts';

/** Whether the names of a path match a pattern; the first `start` of both are known to be the same. */
export function matchesPath(
  pattern: readonly (Segment | '**')[],
  path: readonly Segment[],
  start: number,
): boolean {
  return matchesSequence<Segment | '**', Segment>(
    pattern,
    path,
    '**',
    (segment, name) => segment !== '**' && matchesName(segment, name),
    start,
  );
}
