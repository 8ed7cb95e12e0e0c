import { defaults } from '../defaults.ts';
import type { AttemptContext } from '../queue/index.ts';
import { UsageMeter } from '../resources/index.ts';

/** Tells those who listen, once a second, what the workers use in which their calls run. */
export class Sampler {
  readonly #calls = new Map<AttemptContext, number>();
  #meter = new UsageMeter();
  #timer: NodeJS.Timeout | undefined;

  begin(attempt: AttemptContext, pid: number): void {
    this.#calls.set(attempt, pid);
    this.#timer ??= this.#soon();
  }

  end(attempt: AttemptContext): void {
    this.#calls.delete(attempt);
    if (this.#calls.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #soon(): NodeJS.Timeout {
    return setTimeout(() => void this.#look(), defaults.resourceSampleMs).unref();
  }

  /** A look reads a file per process of the machine, so none is taken for nobody. */
  async #look(): Promise<void> {
    const wanted = [...this.#calls].filter(([attempt]) => attempt.wantsResources());
    if (wanted.length === 0) this.#meter = new UsageMeter();
    else {
      const usage = await this.#meter.look(new Set(wanted.map(([, pid]) => pid))).catch(() => null);
      for (const [attempt, pid] of wanted) {
        const used = usage?.get(pid);
        if (used !== undefined && this.#calls.has(attempt)) attempt.onResources(used);
      }
    }
    this.#timer = this.#calls.size > 0 ? this.#soon() : undefined;
  }
}
