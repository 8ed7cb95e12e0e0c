/** How often the number is looked at that tells whether other processes have written. */
const lookMs = 25;

/** Those who want to hear of changes. Nothing is looked at while there are none. */
export class Listeners {
  readonly #listeners = new Set<() => void>();
  readonly #version: () => number;
  #seen = -1;
  #looking: NodeJS.Timeout | undefined;

  /** `version` changes whenever somebody else has written. */
  constructor(version: () => number) {
    this.#version = version;
  }

  add(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#looking === undefined) {
      this.#seen = this.#look();
      this.#looking = setInterval(() => {
        const version = this.#look();
        if (version === this.#seen) return;
        this.#seen = version;
        this.tell();
      }, lookMs);
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.close();
    };
  }

  tell(): void {
    for (const listener of this.#listeners) listener();
  }

  close(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  /** A ledger that cannot be looked at now says so to whoever asks it for something. */
  #look(): number {
    try {
      return this.#version();
    } catch {
      return this.#seen;
    }
  }
}
