import { regionLimits } from './limits.ts';
import type { Part } from './parts.ts';
import { type RegionRefusal, invalid } from './refusal.ts';

/** What the braces stand for, each of it without braces. Refuses where it is more than a region may have. */
export function alternativesOf(
  parts: readonly Part[],
): readonly (readonly Part[])[] | RegionRefusal {
  if (countOf(parts) > regionLimits.alternatives) return tooMany;
  return expand(parts);
}

/** How many there are, before any is made. */
function countOf(parts: readonly Part[]): number {
  let count = 1;
  for (const part of parts) {
    if (part.kind === 'braces') {
      count *= part.alternatives.reduce((sum, alternative) => sum + countOf(alternative), 0);
    }
  }
  return count;
}

function expand(parts: readonly Part[]): Part[][] {
  let begun: Part[][] = [[]];
  for (const part of parts) {
    if (part.kind === 'braces') {
      const endings = part.alternatives.flatMap(expand);
      begun = begun.flatMap((start) => endings.map((ending) => [...start, ...ending]));
    } else {
      for (const each of begun) each.push(part);
    }
  }
  return begun;
}

const tooMany = invalid(
  `Its braces stand for more than ${regionLimits.alternatives} patterns.`,
  'Write several patterns, or a wildcard in the place of the braces.',
);
