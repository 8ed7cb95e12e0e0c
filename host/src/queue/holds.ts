import type { WaitReason } from '../kernel/index.ts';
import type { JournaledEvent } from '../stores/index.ts';

/** Why nothing of an instance is started now. */
export interface Hold extends WaitReason {
  /** After how long that changes by itself; absent where somebody has to change it. */
  forMs?: number;
}

/** Instances that may not start anything: disabled by somebody, or failing to start again and again. */
export class Holds {
  readonly #disabled = new Set<string>();
  readonly #refusalOf: (instance: string) => { reason: string; forMs: number } | null;

  constructor(refusalOf: (instance: string) => { reason: string; forMs: number } | null) {
    this.#refusalOf = refusalOf;
  }

  disable(instances: Iterable<string>): void {
    for (const each of instances) this.#disabled.add(each);
  }

  follow({ type, capability, instance = capability }: JournaledEvent): void {
    if (instance === undefined) return;
    if (type === 'instance_disabled') this.#disabled.add(instance);
    else if (type === 'instance_enabled' || type === 'instance_forgotten') {
      this.#disabled.delete(instance);
    }
  }

  isDisabled(instance: string): boolean {
    return this.#disabled.has(instance);
  }

  of(instance: string): Hold | null {
    if (this.isDisabled(instance)) {
      return { kind: 'disabled', text: `\`${instance}\` is disabled` };
    }
    const refusal = this.#refusalOf(instance);
    if (refusal === null) return null;
    return { kind: 'start', text: refusal.reason, forMs: refusal.forMs };
  }
}
