/**
 * Makes others wait for a slow listener, until it is opened: from then on nobody waits for anything, and
 * whoever waits goes on. (A race with one long promise would keep a trace of each wait until its end.)
 */
export class Gate {
  #isOpen = false;
  #letGo: (() => void) | undefined;

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** One at a time: a call is heard frame by frame. */
  hold(work: void | Promise<void>): void | Promise<void> {
    if (work === undefined) return undefined;
    if (this.#isOpen) {
      work.catch(() => {});
      return undefined;
    }
    return new Promise((resolve, reject) => {
      this.#letGo = resolve;
      work.then(resolve, reject);
    });
  }

  open(): void {
    this.#isOpen = true;
    this.#letGo?.();
  }
}
