export interface RoundsOptions {
  policy: { lookAgainMs: number; lookAgainMostMs: number };
  /** Whether anybody waits. */
  isWorthIt(): boolean;
  /** Something that is under way will have changed soon. */
  isUrgent: () => boolean;
  /** Never throws. */
  go(): Promise<void>;
}

/** A worker that is ending is looked for this often: what it held may be free before all of its end is told. */
const urgentMs = 80;

/**
 * One round after the other, never two at once. What is told while one is under way is looked at by another one that
 * follows; and while somebody waits a round comes by itself, soon at first and then less and less often.
 */
export class Rounds {
  readonly #options: RoundsOptions;
  #running: Promise<void> | null = null;
  #isAsked = false;
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;
  #againMs: number;

  constructor(options: RoundsOptions) {
    this.#options = options;
    this.#againMs = options.policy.lookAgainMs;
  }

  /** Something has changed that may matter. */
  look(): void {
    this.#againMs = this.#options.policy.lookAgainMs;
    this.#begin();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #begin(): void {
    this.#isAsked = true;
    if (this.#isStopped || this.#running !== null || !this.#options.isWorthIt()) return;
    clearTimeout(this.#timer);
    this.#running = this.#go().finally(() => {
      this.#running = null;
      this.#later();
    });
  }

  async #go(): Promise<void> {
    // What is told in the same turn belongs to the same round.
    await Promise.resolve();
    while (this.#isAsked && !this.#isStopped && this.#options.isWorthIt()) {
      this.#isAsked = false;
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await this.#options.go();
    }
  }

  #later(): void {
    clearTimeout(this.#timer);
    if (this.#isStopped || !this.#options.isWorthIt()) return;
    const { policy, isUrgent } = this.#options;
    const inMs = isUrgent() ? Math.min(policy.lookAgainMs, urgentMs) : this.#againMs;
    this.#againMs = Math.min(this.#againMs * 2, policy.lookAgainMostMs);
    this.#timer = setTimeout(() => this.#begin(), inMs);
  }
}
