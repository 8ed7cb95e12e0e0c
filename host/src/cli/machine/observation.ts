import { type Client, isLost, openClient } from '../host-client/index.ts';
import type { Context } from '../context.ts';
import type { MachineReport } from '../runtime.ts';
import { findRoot } from '../workspace.ts';

interface Observer {
  report(): Promise<MachineReport>;
  close(): void;
}

/**
 * Looks at the machine through the host of the workspace while one is up, which knows its workers, and by itself
 * while none is. Hosts may come and go between two looks. Changes nothing.
 */
export class Observation {
  /** Null outside of a workspace. */
  readonly root: string | null;
  readonly #context: Context;
  #client: Client | null = null;
  #own: Observer | null = null;

  constructor(context: Context) {
    this.#context = context;
    this.root = findRoot(context);
  }

  /** The host that was asked last; null where none was up. */
  get client(): Client | null {
    return this.#client;
  }

  async look(): Promise<MachineReport> {
    const client = await this.#host();
    if (client === null) return this.#alone();
    try {
      return await client.host.resources();
    } catch (error) {
      if (!isLost(error)) throw error;
      // It has ended since it said that it was there.
      this.#leave();
      return this.#alone();
    }
  }

  close(): void {
    this.#leave();
    this.#own?.close();
  }

  async #host(): Promise<Client | null> {
    if (this.#client !== null || this.root === null) return this.#client;
    const found = await openClient(this.root);
    if (found.kind === 'found') this.#client = found.client;
    return this.#client;
  }

  async #alone(): Promise<MachineReport> {
    if (this.#own === null) {
      const { MachineObserver } = await this.#context.doors.machine();
      this.#own = new MachineObserver({ root: this.root, env: this.#context.io.env });
    }
    return this.#own.report();
  }

  #leave(): void {
    this.#client?.close();
    this.#client = null;
  }
}
