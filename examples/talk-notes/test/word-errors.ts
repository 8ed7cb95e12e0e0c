/** Words as one hears them: no case, no punctuation, compounds apart, "Mr." spoken out. */
export const spokenWords = (text: string): string[] =>
  text
    .toLowerCase()
    .replaceAll(/\bmr\./g, 'mister')
    .replaceAll('-', ' ')
    .replaceAll(/[^a-z' ]+/g, ' ')
    .split(' ')
    .filter((word) => word !== '');

/** The share of words inserted, left out or replaced: Levenshtein distance over the length of what was said. */
export function wordErrorRate(said: string[], heard: string[]): number {
  let row = heard.map((_, j) => j + 1);
  row.unshift(0);
  for (const [i, word] of said.entries()) {
    const next = [i + 1];
    for (const [j, other] of heard.entries()) {
      const replaced = (row[j] ?? 0) + (word === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return (row.at(-1) ?? 0) / said.length;
}
