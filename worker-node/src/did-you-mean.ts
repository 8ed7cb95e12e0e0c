import { nearest } from '@capstan/protocol';

/** `did you mean "who"?`, or the list of what there is, or that there is nothing. */
export function didYouMean(name: string, known: readonly string[]): string {
  const close = nearest(name, known);
  if (close !== null) return `did you mean "${close}"?`;
  return known.length === 0 ? 'there are none' : `known are ${known.join(', ')}`;
}
