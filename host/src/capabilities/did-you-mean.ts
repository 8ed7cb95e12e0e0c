import { nearest } from '@capstan/protocol';

/** `did you mean "who"?`, or what there is to choose from. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const close = nearest(word, known);
  if (close !== null) return `did you mean "${close}"?`;
  return known.length === 0 ? undefined : `known: ${known.join(', ')}`;
}
