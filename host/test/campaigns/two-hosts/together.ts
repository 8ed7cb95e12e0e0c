/** What the lines of all contenders, in the order in which they were written, say together. */
export interface Together {
  owners: number;
  refusals: number;
  nameless: number;
  /** Where somebody wrote as the owner while another one was it. */
  overlaps: string[];
}

/**
 * From its `enter` to the `enter` of the next, an owner is the only one that may write as an owner. One that
 * was killed writes no `leave`, but nothing else either.
 */
export function aliveTogether(lines: readonly string[]): Together {
  const found: Together = { owners: 0, refusals: 0, nameless: 0, overlaps: [] };
  let owner: string | undefined;
  for (const [at, line] of lines.entries()) {
    const [pid, word, who] = line.split(' ');
    if (word === 'refused') {
      found.refusals += 1;
      if (who === 'nameless') found.nameless += 1;
      else if (who === pid)
        found.overlaps.push(`line ${at + 1}: ${pid} was refused because of itself`);
    } else if (word === 'enter') {
      owner = pid;
      found.owners += 1;
    } else {
      if (pid !== owner) found.overlaps.push(`line ${at + 1}: ${pid} works while ${owner} owns`);
      if (word === 'leave') owner = undefined;
    }
  }
  return found;
}
