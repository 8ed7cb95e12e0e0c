/**
 * What the world outside remembers of a workspace: what it asked for, what it was told, and what it saw being
 * done. It is kept by the campaign, in another process than the host that is killed.
 */
export class Ledger {
  /** Ids of jobs and runs that were acknowledged. */
  readonly acknowledged = new Set<string>();
  /** Keys that were sent, each with the job it was said to stand for, or null while nobody said. */
  readonly keys = new Map<string, string | null>();
  /** How often somebody asked to run a job again. */
  readonly reruns = new Map<string, number>();
  /** Jobs that were seen to have ended, with how often each had been executed by then. */
  readonly ended = new Map<string, { state: string; executions: number }>();
  /** The head of the journal when it was last looked at. */
  head = { seq: 0, hash: '' };
  readonly #contradictions: string[] = [];

  sent(key: string): void {
    if (!this.keys.has(key)) this.keys.set(key, null);
  }

  accepted(id: string, key: string | null): void {
    this.acknowledged.add(id);
    if (key === null) return;
    const known = this.keys.get(key);
    if (known !== undefined && known !== null && known !== id) {
      this.#contradictions.push(`the key ${key} stood for ${known}, and now for ${id}`);
    }
    this.keys.set(key, id);
  }

  askedToRerun(jobId: string): void {
    this.reruns.set(jobId, (this.reruns.get(jobId) ?? 0) + 1);
  }

  /** What was heard that cannot be true together. */
  contradictions(): readonly string[] {
    return this.#contradictions;
  }

  /** Keys nobody has answered for yet, and some that were: both are to be sent again. */
  toSendAgain(most: number): string[] {
    const open: string[] = [];
    const known: string[] = [];
    for (const [key, id] of this.keys) (id === null ? open : known).push(key);
    return [...open.slice(-most), ...known.slice(-Math.ceil(most / 4))];
  }
}
