import { Random } from '../random.ts';

const walHeaderBytes = 32;
const frameHeaderBytes = 24;
const pageBytes = 4096;

/**
 * Where to cut a write-ahead log that has grown from `before` to `length`: at every frame in between, at a few
 * bytes chosen by chance, and not at all.
 */
export function cuts(length: number, before: number, seed: number): number[] {
  const random = new Random(seed);
  const found = new Set<number>([length]);
  // A log that was started anew is as good as one that has grown from nothing.
  const from = before > length ? 0 : before;
  const frame = frameHeaderBytes + pageBytes;
  for (let at = Math.max(from, walHeaderBytes); at < length; at += frame) found.add(at);
  const grown = Math.max(1, length - from);
  for (let n = 0; n < 3; n++) found.add(from + random.below(grown));
  return [...found].toSorted((a, b) => a - b);
}
