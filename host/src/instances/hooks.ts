import { messageOf } from '../errors.ts';
import { defaults } from '../defaults.ts';
import type { LiveWorker } from '../workers/index.ts';
import type { Traffic } from './traffic.ts';

export interface HookTools {
  traffic: Traffic;
  /** The worker to be told; null where there is none, and so nothing to tell. */
  worker: () => LiveWorker | null;
  warn: (message: string) => void;
}

/**
 * What a worker is told of its instance's flag: `on_disable` when the calls that were under way have ended,
 * `on_enable` at once. One after the other, in the order in which it was said. A tool that fails at either
 * is reported, and no reason to refuse anything.
 */
export class Hooks {
  readonly #tools: HookTools;
  #told: Promise<void> = Promise.resolve();
  #callOff: (() => void) | null = null;

  constructor(tools: HookTools) {
    this.#tools = tools;
  }

  /** Resolves when the worker has answered, or, where calls are under way, at once. */
  async enabledChanged(isEnabled: boolean): Promise<void> {
    this.#callOff?.();
    this.#callOff = null;
    if (isEnabled) {
      await this.#tell('/on_enable');
      return;
    }
    let isNow = false;
    this.#callOff = this.#tools.traffic.whenNone('all', () => {
      isNow = true;
      void this.#tell('/on_disable');
    });
    if (isNow) await this.#told;
  }

  #tell(path: '/on_enable' | '/on_disable'): Promise<void> {
    this.#told = this.#told.then(() => this.#ask(path));
    return this.#told;
  }

  async #ask(path: '/on_enable' | '/on_disable'): Promise<void> {
    const worker = this.#tools.worker();
    if (worker === null) return;
    try {
      const outcome = await worker.ask('POST', path, undefined, { timeoutMs: defaults.hookMs });
      if (outcome.kind !== 'result') {
        this.#tools.warn(`${path.slice(1)} failed: ${outcome.error.message}`);
      }
    } catch (error) {
      this.#tools.warn(`${path.slice(1)} failed: ${messageOf(error)}`);
    }
  }
}
